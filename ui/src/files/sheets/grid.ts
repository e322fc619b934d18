// The arithmetic of a large table: what of it is seen, how wide its columns are, where a key leads.

export const ROW_HEIGHT = 28;
export const HEAD_WIDTH = 56;
/** Rows the server sends at once. */
export const PAGE_ROWS = 200;
/** Browsers draw no element that is higher than about 17 million pixels. */
export const MOST_ROWS = 600_000;

/** The letters of a column, from 0: A, B, …, Z, AA. */
export function letters(column: number): string {
  let name = "";
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1)
    name = String.fromCharCode(65 + (rest % 26)) + name;
  return name;
}

export interface Span {
  /** The first that is drawn. */
  from: number;
  /** One past the last. */
  to: number;
}

/** The rows that are seen, and a few more on both sides. */
export function rowsSeen(scroll: number, height: number, total: number, more = 8): Span {
  const from = Math.max(0, Math.floor(scroll / ROW_HEIGHT) - more);
  const to = Math.min(total, Math.ceil((scroll + height) / ROW_HEIGHT) + more);
  return { from: Math.min(from, to), to };
}

/** Where each column begins; one more at the end: the whole width. */
export function startsOf(widths: readonly number[]): number[] {
  const starts = [0];
  for (const width of widths) starts.push((starts.at(-1) ?? 0) + width);
  return starts;
}

/** The columns that are seen, and one more on both sides. */
export function columnsSeen(starts: readonly number[], scroll: number, width: number): Span {
  const count = starts.length - 1;
  let from = 0;
  while (from < count - 1 && (starts[from + 1] ?? 0) <= scroll) from += 1;
  let to = from;
  while (to < count && (starts[to] ?? 0) < scroll + width) to += 1;
  return { from: Math.max(0, from - 1), to: Math.min(count, to + 1) };
}

/** Widths that fit what the first rows hold. */
export function widthsOf(rows: readonly (readonly string[])[], columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => {
    const longest = rows.reduce((most, row) => Math.max(most, firstLine(row[column] ?? "").length), 0);
    return Math.min(320, Math.max(72, longest * 8 + 24));
  });
}

const firstLine = (text: string) => text.split("\n", 1)[0] ?? "";

/** The pages of rows that a span needs. */
export function pagesOf({ from, to }: Span): number[] {
  if (to <= from) return [];
  const first = Math.floor(from / PAGE_ROWS);
  const last = Math.floor((to - 1) / PAGE_ROWS);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export interface At {
  row: number;
  column: number;
}

/** Where a key leads from a cell; `undefined` when it is no key of the table. `leap` = with Control or Command. */
export function moved(at: At, key: string, leap: boolean, size: At, screen: number): At | undefined {
  const last = { row: size.row - 1, column: size.column - 1 };
  const to = (row: number, column: number): At => ({
    row: Math.max(0, Math.min(last.row, row)),
    column: Math.max(0, Math.min(last.column, column)),
  });
  switch (key) {
    case "ArrowUp":
      return to(leap ? 0 : at.row - 1, at.column);
    case "ArrowDown":
      return to(leap ? last.row : at.row + 1, at.column);
    case "ArrowLeft":
      return to(at.row, leap ? 0 : at.column - 1);
    case "ArrowRight":
      return to(at.row, leap ? last.column : at.column + 1);
    case "PageUp":
      return to(at.row - screen, at.column);
    case "PageDown":
      return to(at.row + screen, at.column);
    case "Home":
      return leap ? to(0, 0) : to(at.row, 0);
    case "End":
      return leap ? to(last.row, last.column) : to(at.row, last.column);
    default:
      return undefined;
  }
}

export interface Area {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export const areaOf = (one: At, other: At): Area => ({
  top: Math.min(one.row, other.row),
  left: Math.min(one.column, other.column),
  bottom: Math.max(one.row, other.row),
  right: Math.max(one.column, other.column),
});

export const isIn = ({ top, left, bottom, right }: Area, row: number, column: number): boolean =>
  row >= top && row <= bottom && column >= left && column <= right;

/** `B2`, or `B2:C4`. */
export function areaName({ top, left, bottom, right }: Area): string {
  const first = `${letters(left)}${top + 1}`;
  return top === bottom && left === right ? first : `${first}:${letters(right)}${bottom + 1}`;
}

/** Most cells that are copied or quoted. */
const MOST_CELLS = 20_000;

/** The cells with tabs between them, as spreadsheets take and give them. */
export function areaText(area: Area, rowAt: (row: number) => readonly string[] | undefined): string {
  const lines: string[] = [];
  const columns = area.right - area.left + 1;
  const bottom = Math.min(area.bottom, area.top + Math.ceil(MOST_CELLS / columns) - 1);
  for (let row = area.top; row <= bottom; row++) {
    const cells = rowAt(row) ?? [];
    const line = Array.from({ length: columns }, (_, index) => quoted(cells[area.left + index] ?? ""));
    lines.push(line.join("\t"));
  }
  return lines.join("\n");
}

const quoted = (cell: string) => (/["\t\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Whether a cell stands on the right, as numbers, amounts and shares do. */
export const isNumber = (text: string): boolean =>
  /^[-+−(]?\s?(?:[$€£¥]\s?|[A-Z]{3}\s)?[-+−]?\d[\d\s.,'’]*(?:[eE][-+]?\d+)?\s?(?:%|[$€£¥]|[A-Z]{3})?\)?$/.test(
    text,
  );
