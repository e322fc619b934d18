import { expect, test } from "vitest";
import {
  areaName,
  areaOf,
  areaText,
  columnsSeen,
  isIn,
  isNumber,
  letters,
  moved,
  pagesOf,
  ROW_HEIGHT,
  rowsSeen,
  startsOf,
  widthsOf,
} from "./grid";

test("columns count as spreadsheets do", () => {
  expect([0, 25, 26, 51, 52, 701, 702, 16_383].map(letters)).toEqual([
    "A",
    "Z",
    "AA",
    "AZ",
    "BA",
    "ZZ",
    "AAA",
    "XFD",
  ]);
});

test("what is drawn covers what is seen, at the edges too", () => {
  expect(rowsSeen(0, 10 * ROW_HEIGHT, 1_000, 2)).toEqual({ from: 0, to: 12 });
  expect(rowsSeen(100 * ROW_HEIGHT + 5, 10 * ROW_HEIGHT, 1_000, 2)).toEqual({ from: 98, to: 113 });
  expect(rowsSeen(995 * ROW_HEIGHT, 10 * ROW_HEIGHT, 1_000, 2)).toEqual({ from: 993, to: 1_000 });
  expect(rowsSeen(0, 300, 0)).toEqual({ from: 0, to: 0 });
  // Scrolled further down than a shorter sheet is long.
  expect(rowsSeen(5_000, 300, 3)).toEqual({ from: 3, to: 3 });
});

test("columns of different widths", () => {
  const starts = startsOf([100, 50, 200, 70]);
  expect(starts).toEqual([0, 100, 150, 350, 420]);
  expect(columnsSeen(starts, 0, 120)).toEqual({ from: 0, to: 3 });
  expect(columnsSeen(starts, 160, 100)).toEqual({ from: 1, to: 4 });
  expect(columnsSeen([0], 0, 500)).toEqual({ from: 0, to: 0 });
});

test("widths fit the content within limits", () => {
  expect(
    widthsOf(
      [
        ["a", "x".repeat(20)],
        ["b", "y".repeat(500)],
      ],
      3,
    ),
  ).toEqual([72, 320, 72]);
  expect(widthsOf([["a".repeat(20)]], 1)).toEqual([184]);
  expect(widthsOf([[`${"a".repeat(20)}\n${"b".repeat(99)}`]], 1)).toEqual([184]);
});

test("pages of rows", () => {
  expect(pagesOf({ from: 0, to: 200 })).toEqual([0]);
  expect(pagesOf({ from: 199, to: 201 })).toEqual([0, 1]);
  expect(pagesOf({ from: 650, to: 1_000 })).toEqual([3, 4]);
  expect(pagesOf({ from: 5, to: 5 })).toEqual([]);
});

test("keys lead to cells and never out of the table", () => {
  const size = { row: 100, column: 5 };
  const from = { row: 50, column: 2 };
  const go = (key: string, leap = false) => moved(from, key, leap, size, 20);
  expect(go("ArrowUp")).toEqual({ row: 49, column: 2 });
  expect(go("ArrowRight", true)).toEqual({ row: 50, column: 4 });
  expect(go("PageDown")).toEqual({ row: 70, column: 2 });
  expect(go("Home")).toEqual({ row: 50, column: 0 });
  expect(go("End", true)).toEqual({ row: 99, column: 4 });
  expect(go("a")).toBeUndefined();
  expect(moved({ row: 0, column: 0 }, "ArrowUp", false, size, 20)).toEqual({ row: 0, column: 0 });
  expect(moved({ row: 95, column: 0 }, "PageDown", false, size, 20)).toEqual({ row: 99, column: 0 });
});

test("an area has a name and a text that spreadsheets take", () => {
  const rows = [["Item", "Note"], ["tea", 'two\n"lines"'], ["milk"]];
  const area = areaOf({ row: 2, column: 1 }, { row: 0, column: 0 });
  expect(area).toEqual({ top: 0, left: 0, bottom: 2, right: 1 });
  expect(areaName(area)).toBe("A1:B3");
  expect(areaName(areaOf({ row: 4, column: 2 }, { row: 4, column: 2 }))).toBe("C5");
  expect(areaText(area, (row) => rows[row])).toBe('Item\tNote\ntea\t"two\n""lines"""\nmilk\t');
  expect(isIn(area, 2, 1)).toBe(true);
  expect(isIn(area, 3, 1)).toBe(false);
});

test("numbers, amounts and shares stand on the right; other text does not", () => {
  for (const text of ["1", "-1.5", "1,234.50", "1 234,5 €", "$12", "45%", "(300)", "1.2e+6", "EUR 5", "−3"])
    expect(isNumber(text), text).toBe(true);
  for (const text of ["", "abc", "1a", "2024-05-01", "Q1", "-", "12 rue", "ABC"])
    expect(isNumber(text), text).toBe(false);
});
