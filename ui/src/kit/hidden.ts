// Characters that are not seen, or that show text in another order than it is in.

export interface Part {
  text: string;
  hidden: boolean;
}

// Control and format characters (bidi overrides and isolates, zero-width ones, tags, the soft hyphen), line and
// paragraph separators, and letters that look like nothing (Hangul fillers, the blank of Braille).
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800]/gu;

// What embeds, overrides and isolates a direction: the only characters that show a text in another order by themselves.
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/gu;

/** The same, but only what reorders a text: a long one may have joiners and soft hyphens that hide nothing. */
export const splitReordering = (text: string): Part[] => cut(text, text.matchAll(REORDERING));

/**
 * Cuts a text into what is seen as it is and what is shown by its code (`U+202E`). In a text of several lines, line
 * breaks and tabs are nothing to point out.
 */
export function splitHidden(text: string, lines = false): Part[] {
  const hides = (match: RegExpMatchArray) => {
    if (lines && (match[0] === "\n" || match[0] === "\r" || match[0] === "\t")) return false;
    // Emoji are joined with a zero-width joiner; between two pictures it hides nothing.
    return match[0] !== "\u200d" || !joinsPictures(text, match.index ?? 0);
  };
  return cut(text, [...text.matchAll(HIDDEN)].filter(hides));
}

function cut(text: string, matches: Iterable<RegExpMatchArray>): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of matches) {
    const at = match.index ?? 0;
    if (at > from) parts.push({ text: text.slice(from, at), hidden: false });
    const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    parts.push({ text: `U+${code}`, hidden: true });
    from = at + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), hidden: false });
  return parts;
}

function joinsPictures(text: string, at: number): boolean {
  return (
    /(?:\p{Extended_Pictographic}|\ufe0f|[\u{1f3fb}-\u{1f3ff}])$/u.test(text.slice(0, at)) &&
    /^\p{Extended_Pictographic}/u.test(text.slice(at + 1))
  );
}

/** The same as one text, where only a text can stand: a label, an option of a list. */
export const visible = (text: string) =>
  splitHidden(text)
    .map((part) => part.text)
    .join("");
