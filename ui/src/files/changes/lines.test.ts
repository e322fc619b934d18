import { expect, test } from "vitest";
import { MOST, type Row, rowsOf } from "./lines";

const shape = (row: Row) =>
  row.type === "fold" ? `…${row.count}` : `${row.before?.text ?? ""}|${row.after?.text ?? ""}`;

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
  expect(rowsOf("a\nb\nc\n", "a\nb\nc\n")).toEqual([{ type: "fold", count: 3 }]);
  const rows = rowsOf("x\ny", "") ?? [];
  expect(rows.map(shape)).toEqual(["x|", "y|"]);
});

test("texts that are too long are not compared", () => {
  expect(rowsOf("a".repeat(MOST), "b")).toBeUndefined();
});
