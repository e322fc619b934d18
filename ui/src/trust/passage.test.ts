import { expect, test } from "vitest";
import { around } from "./passage";

test("the value is found whatever its case, and the passage is whole", () => {
  expect(around("Write to Mallory@Evil.example today", "mallory@evil.example")).toEqual([
    "Write to ",
    "Mallory@Evil.example",
    " today",
  ]);
});

test("where it is not found, the passage is shown as it is", () => {
  expect(around("Lunch at noon", "mallory")).toEqual(["Lunch at noon", "", ""]);
  expect(around("Lunch", "")).toEqual(["Lunch", "", ""]);
  // Lower case of this letter is two characters.
  expect(around("İİ a@b.example", "a@b.example").join("")).toBe("İİ a@b.example");
});
