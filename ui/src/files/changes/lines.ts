// A text's two versions as rows of two columns, with what did not change folded away.
import { diffLines } from "diff";

export interface Side {
  number: number;
  text: string;
}

export type Row =
  | { type: "same"; before: Side; after: Side }
  | { type: "changed"; before?: Side; after?: Side }
  | { type: "fold"; rows: Row[] };

/** Lines around a change that stay. */
const AROUND = 3;
/** Above this many characters together, versions are shown one after the other instead: comparing would take seconds. */
export const MOST = 400_000;

/** The rows, or `undefined` when the versions are too long to be compared here. */
export function rowsOf(before: string, after: string): Row[] | undefined {
  if (before.length + after.length > MOST) return undefined;
  const parts = diffLines(before, after, { timeout: 2000 });
  if (!parts) return undefined;
  const rows: Row[] = [];
  let [left, right] = [1, 1];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    const next = parts[at + 1];
    if (!part) continue;
    if (!part.added && !part.removed) {
      for (const text of linesOf(part.value)) {
        rows.push({ type: "same", before: { number: left++, text }, after: { number: right++, text } });
      }
      continue;
    }
    // What was taken out and what came in its place stand side by side.
    const pair = part.removed && next?.added ? next : undefined;
    const gone = part.removed ? linesOf(part.value) : [];
    const come = pair ? linesOf(pair.value) : part.added ? linesOf(part.value) : [];
    for (let line = 0; line < Math.max(gone.length, come.length); line += 1) {
      const row: Row = { type: "changed" };
      const [old, fresh] = [gone[line], come[line]];
      if (old !== undefined) row.before = { number: left++, text: old };
      if (fresh !== undefined) row.after = { number: right++, text: fresh };
      rows.push(row);
    }
    if (pair) at += 1;
  }
  return folded(rows);
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Long stretches that did not change become one row. */
function folded(rows: Row[]): Row[] {
  const result: Row[] = [];
  for (let at = 0; at < rows.length; ) {
    let end = at;
    while (rows[end]?.type === "same") end += 1;
    const length = end - at;
    if (length === 0) {
      const row = rows[at];
      if (row) result.push(row);
      at += 1;
      continue;
    }
    const head = at === 0 ? 0 : AROUND;
    const tail = end === rows.length ? 0 : AROUND;
    if (length > head + tail + 1) {
      const [from, to] = [at + head, end - tail];
      result.push(...rows.slice(at, from), { type: "fold", rows: rows.slice(from, to) });
      result.push(...rows.slice(to, end));
    } else {
      result.push(...rows.slice(at, end));
    }
    at = end;
  }
  return result;
}

/** A line of the two versions in one column: what was taken out first, then what came in its place. */
export type Line =
  | { type: "same" | "added" | "removed"; side: Side; other?: Side }
  | { type: "fold"; rows: Row[] };

/** The rows in one column, where there is no room for two. */
export function inOneColumn(rows: readonly Row[]): Line[] {
  const lines: Line[] = [];
  let come: Line[] = [];
  const flush = () => {
    lines.push(...come);
    come = [];
  };
  for (const row of rows) {
    if (row.type !== "changed") {
      flush();
      lines.push(row.type === "same" ? { type: "same", side: row.after } : row);
      continue;
    }
    const { before, after } = row;
    if (before) lines.push({ type: "removed", side: before, ...(after ? { other: after } : {}) });
    if (after) come.push({ type: "added", side: after, ...(before ? { other: before } : {}) });
  }
  flush();
  return lines;
}
