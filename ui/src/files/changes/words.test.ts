import { expect, test } from "vitest";
import { piecesOf } from "./words";

test("the words that differ are marked, on each side its own", () => {
  expect(piecesOf("the meeting is on Friday.", "the meeting is on Monday.")).toEqual([
    { text: "the meeting is on ", changed: false },
    { text: "Friday", changed: true },
    { text: ".", changed: false },
  ]);
  expect(piecesOf("a b", "a b c")).toEqual([{ text: "a b", changed: false }]);
});

test("lines that have little in common, or are very long, are marked as a whole", () => {
  expect(piecesOf("something else entirely", "the meeting is on Monday.")).toBeUndefined();
  expect(piecesOf("x".repeat(2_001), "x")).toBeUndefined();
});
