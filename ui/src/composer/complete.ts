// What is being typed at the caret: a command (`/…` at the very beginning) or the name of a file (`@…`).

export interface Trigger {
  kind: "command" | "file" | "argument";
  /** What was typed after the sign. */
  query: string;
  /** Where the sign stands, and where the caret is. */
  from: number;
  to: number;
}

/** The trigger before the caret, if the caret stands at one. */
export function triggerAt(text: string, caret: number): Trigger | undefined {
  const before = text.slice(0, caret);
  const command = /^\/([^\s/]*)$/.exec(before);
  if (command) return { kind: "command", query: command[1] ?? "", from: 0, to: caret };
  // Arguments of a connector's prompt: its server may propose some.
  if (/^\/mcp__\S+\s[^\n]*$/.test(before)) return { kind: "argument", query: before, from: 0, to: caret };
  // A file's name may contain anything but a line break; two spaces or more end it, and so does a quote.
  const at = /(?:^|[\s([])@(?!\s)((?:[^\s@"]| (?! ))*)$/.exec(before);
  if (!at) return undefined;
  const query = at[1] ?? "";
  if (query.length > 80 || query.split(" ").length > 6) return undefined;
  return { kind: "file", query, from: caret - query.length - 1, to: caret };
}

/** Puts `insert` where the trigger is; gives the text and where the caret goes. */
export function replaced(text: string, trigger: Trigger, insert: string): { text: string; caret: number } {
  const after = text.slice(trigger.to);
  if (insert.endsWith(":"))
    return { text: text.slice(0, trigger.from) + insert + after, caret: trigger.from + insert.length };
  const space = after.startsWith(" ") || after.startsWith("\n") ? "" : " ";
  const head = text.slice(0, trigger.from) + insert + space;
  return { text: head + after, caret: head.length + (space === "" ? 1 : 0) };
}

/** How a file is named in a text: quoted when its name has spaces. */
export const mention = (path: string) => (/\s/.test(path) ? `"${path}"` : path);

export interface Named {
  id: string;
  title: string;
}

/** Commands that fit what was typed: those whose name begins with it first. */
export function matching<T extends Named>(commands: readonly T[], query: string): T[] {
  const wanted = query.toLocaleLowerCase();
  const rank = ({ id, title }: T) => {
    if (id.toLocaleLowerCase().startsWith(wanted)) return 0;
    if (title.toLocaleLowerCase().startsWith(wanted)) return 1;
    return `${id} ${title}`.toLocaleLowerCase().includes(wanted) ? 2 : 3;
  };
  return commands.filter((one) => rank(one) < 3).sort((a, b) => rank(a) - rank(b));
}
