import { expect, test } from "vitest";
import { inOneColumn, MOST, type Row, rowsOf } from "./lines";

const shape = (row: Row) =>
  row.type === "fold" ? `…${row.rows.length}` : `${row.before?.text ?? ""}|${row.after?.text ?? ""}`;

test("changed lines stand side by side, added ones alone", () => {
  const rows = rowsOf("a\nb\nc\n", "a\nB\nc\nd\n") ?? [];
  expect(rows.map(shape)).toEqual(["a|a", "b|B", "c|c", "|d"]);
  const last = rows.at(-1);
  expect(last?.type === "changed" && last.after?.number).toBe(4);
});

test("what did not change is folded, with some lines around each change", () => {
  const many = Array.from({ length: 30 }, (_, n) => `line ${n}`);
  const after = many.with(15, "other");
  const rows = rowsOf(many.join("\n"), after.join("\n")) ?? [];
  expect(rows.map(shape)).toEqual([
    "…12",
    ...["line 12", "line 13", "line 14"].map((line) => `${line}|${line}`),
    "line 15|other",
    ...["line 16", "line 17", "line 18"].map((line) => `${line}|${line}`),
    "…11",
  ]);
});

test("equal texts are one fold and every line of two texts is there", () => {
  const side = (number: number, text: string) => ({ number, text });
  expect(rowsOf("a\nb\n", "a\nb\n")).toEqual([
    {
      type: "fold",
      rows: [
        { type: "same", before: side(1, "a"), after: side(1, "a") },
        { type: "same", before: side(2, "b"), after: side(2, "b") },
      ],
    },
  ]);
  const rows = rowsOf("x\ny", "") ?? [];
  expect(rows.map(shape)).toEqual(["x|", "y|"]);
});

test("texts that are too long are not compared", () => {
  expect(rowsOf("a".repeat(MOST), "b")).toBeUndefined();
});

test("in one column, what was taken out comes before what came in its place", () => {
  const lines = inOneColumn(rowsOf("a\nb\nc\nd\n", "a\nB\nC\nd\ne\n") ?? []);
  expect(lines.map((line) => (line.type === "fold" ? "…" : `${line.type} ${line.side.text}`))).toEqual([
    "same a",
    "removed b",
    "removed c",
    "added B",
    "added C",
    "same d",
    "added e",
  ]);
  expect(lines[1]).toEqual({
    type: "removed",
    side: { number: 2, text: "b" },
    other: { number: 2, text: "B" },
  });
});
