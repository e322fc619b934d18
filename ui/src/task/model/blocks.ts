/**
 * Cuts Markdown into blocks that stay as they are while the text grows, all but the last: only that is parsed anew with
 * every piece that comes. Cuts are at blank lines that end a block for certain (outside of fenced code, before a line
 * that is not indented), and within what has no such line for long: between entries of a list, rows of a table, lines
 * of code. What is cut there looks like two until the answer is whole.
 */
export function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let block: string[] = [];
  let blank = false;
  let fence: Fence | undefined;
  let list: List | undefined;
  // Whether there may be a list in the block, also one that cannot be cut.
  let listed = false;
  let header: readonly string[] = [];
  const cut = (...next: string[]) => {
    blocks.push(block.join("\n").trimEnd());
    block = next;
  };
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    let shown = line;
    if (fence) {
      if (block.length >= LONG_CODE && fence.plain && !/^ {0,3}[`~]/.test(line)) {
        block.push(fence.mark);
        cut(fence.opening);
      }
      if (line.trim().startsWith(fence.mark) && /^(`+|~+)$/.test(line.trim())) fence = undefined;
      block.push(line);
      blank = false;
      continue;
    }
    const entry = ENTRY.exec(line);
    const sign = entry ? (entry[3] ?? entry[1]) : undefined;
    const begun = index === lines.length - 1 && BEGUN.test(line);
    if (blank && block.length > 0 && /^\S/.test(line)) {
      const goesOn = listed && (begun || (sign !== undefined && (!list || list.sign === sign)));
      if (!goesOn) {
        cut();
        list = undefined;
        listed = false;
        header = [];
      }
    }
    if (entry && sign !== undefined) {
      // A number other than 1 begins no list within a paragraph.
      if (!listed && (block.length === 0 || Number(entry[2] ?? 1) === 1))
        list = { sign, next: Number(entry[2] ?? 0), lines: 0 };
      if (list?.sign === sign) {
        if (list.lines >= LONG) {
          cut();
          // A list that goes on keeps counting, whatever its numbers say.
          if (entry[2]) shown = line.replace(/^\d+/, String(list.next));
          list.lines = 0;
        }
        list.next += 1;
      }
    } else if (block.length === 1 && block[0]?.includes("|") && DELIMITER.test(line)) {
      header = [block[0], line];
    } else if (header.length > 0 && block.length >= LONG && line.includes("|")) {
      cut(...header);
    }
    listed ||= /^\s*([-*+]|\d{1,9}[.)])\s/.test(line);
    if (list) list.lines += 1;
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark) fence = { mark, opening: line, plain: line.startsWith(mark) };
    blank = line.trim() === "";
    if (blank) header = [];
    if (!blank || block.length > 0) block.push(shown);
  }
  const rest = block.join("\n").trimEnd();
  if (rest !== "") blocks.push(rest);
  return blocks;
}

interface Fence {
  mark: string;
  /** The line it begins with. */
  opening: string;
  /** It stands in no list. */
  plain: boolean;
}

interface List {
  /** What its entries begin with; another sign begins another list. */
  sign: string;
  /** The number of its next entry, where they are numbered. */
  next: number;
  /** Lines since it was cut. */
  lines: number;
}

/** Lines of a list or table, and of code, after which they are cut. */
const LONG = 40;
const LONG_CODE = 200;

/** An entry of a list that is in no other; and what may become one. */
const ENTRY = /^([-*+]|(\d{1,9})([.)]))\s/;
const BEGUN = /^([-*+]|\d{1,9}[.)]?)$/;

/** The line below the header of a table. */
const DELIMITER = /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
