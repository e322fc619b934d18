/**
 * Cuts Markdown at blank lines that end a block for certain: outside of fenced code, and before a line that is not
 * indented. All blocks but the last stay as they are while the text grows.
 */
export function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let block: string[] = [];
  let fence = "";
  let blank = false;
  for (const line of text.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === "" && blank && block.length > 0 && /^[^\s]/.test(line) && !CONTINUES.test(line)) {
      blocks.push(block.join("\n"));
      block = [];
    }
    if (mark !== undefined) {
      if (fence === "") fence = mark;
      else if (mark.startsWith(fence) && line.trim() === mark) fence = "";
    }
    blank = fence === "" && line.trim() === "";
    if (!blank || block.length > 0) block.push(line);
  }
  const rest = block.join("\n").trimEnd();
  if (rest !== "") blocks.push(rest);
  return blocks.map((one) => one.trimEnd());
}

/** The next entry of a list, which belongs to the one before; a list is never cut. */
const CONTINUES = /^(?:[-*+]|\d+[.)])\s/;
