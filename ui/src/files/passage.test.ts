import { expect, test } from "vitest";
import { cellPassage, letters, quoted } from "./passage";

test("columns are named as spreadsheets do", () => {
  expect([0, 25, 26, 51, 52, 701, 702].map(letters)).toEqual(["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
});

test("a cell is named with its sheet, where there are sheets", () => {
  expect(cellPassage("Sales", 3, 1, "270")).toBe("Sales!B3: 270");
  expect(cellPassage("", 3, 1, "270")).toBe("B3: 270");
});

test("a long passage is cut and says so", () => {
  expect(quoted("  one \n two ")).toBe("one\n two");
  const long = quoted("x".repeat(1000));
  expect(long.length).toBe(601);
  expect(long.endsWith("…")).toBe(true);
});
