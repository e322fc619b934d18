// What the person chose in a file, as it goes into the composer.

export interface Chosen {
  /** The words themselves. */
  text: string;
  /** Where they are in the file ("sheet Sales, B2:C4"). */
  place?: string;
}

/** Longest passage that is quoted; the model has the file itself. */
const MOST = 2_000;

/** The lines that are quoted: the words, and where they stand. */
export function passageOf(path: string, chosen: Chosen | undefined): string {
  const where = chosen?.place === undefined ? path : `${path}, ${chosen.place}`;
  const text = chosen === undefined ? "" : shortened(chosen.text);
  return text === "" ? where : `${text}\n— ${where}`;
}

function shortened(text: string): string {
  const lines = text.replaceAll("\r\n", "\n").trim();
  if (lines.length <= MOST) return lines;
  // A pair of surrogates is never cut in two.
  const end = /[\ud800-\udbff]$/.test(lines.slice(0, MOST)) ? MOST - 1 : MOST;
  return `${lines.slice(0, end)}…`;
}

/** One line of it, for the bar that offers to ask. */
export function excerptOf(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}
