/** Longest passage that is quoted; a model finds the place by its beginning. */
const MOST = 600;

/** What is put into the composer for a passage a person chose. */
export function quoted(text: string): string {
  const tidy = text.replace(/\s+\n/g, "\n").trim();
  const short = tidy.length > MOST ? `${tidy.slice(0, MOST).trimEnd()}…` : tidy;
  return short;
}

/** A cell as a person names it: "Sales!B3: 270". */
export function cellPassage(sheet: string, row: number, column: number, value: string): string {
  const place = `${letters(column)}${row}`;
  return `${sheet === "" ? place : `${sheet}!${place}`}: ${value}`;
}

/** The letters of a column, from 0, as spreadsheets name it. */
export function letters(column: number): string {
  let name = "";
  for (let left = column; left >= 0; left = Math.floor(left / 26) - 1) {
    name = String.fromCharCode(65 + (left % 26)) + name;
  }
  return name;
}
