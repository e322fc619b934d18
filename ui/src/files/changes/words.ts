// Which words of two lines differ.
import { diffWordsWithSpace } from "diff";

export interface Piece {
  text: string;
  changed: boolean;
}

/** Longer lines are not looked into. */
const LONGEST = 2_000;

/** The pieces of one line, those marked that are not in the other; nothing when hardly anything is the same. */
export function piecesOf(line: string, other: string): Piece[] | undefined {
  if (line.length > LONGEST || other.length > LONGEST) return undefined;
  const parts = diffWordsWithSpace(other, line);
  const pieces = parts
    .filter(({ removed }) => !removed)
    .map(({ value, added }): Piece => ({ text: value, changed: added }));
  const same = pieces.reduce((sum, { text, changed }) => sum + (changed ? 0 : text.trim().length), 0);
  return same * 3 >= line.trim().length ? pieces : undefined;
}
