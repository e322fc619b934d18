import { expect, test } from "vitest";
import { piecesOf } from "./LongAnswer";

test("a long text is cut into pieces that have all of it, in order, and are short wherever its blocks are", () => {
  const paragraphs = Array.from({ length: 3_000 }, (_, n) => `Paragraph ${n} with **some** words.`);
  const pieces = piecesOf(paragraphs.join("\n\n"));
  expect(pieces.flat()).toEqual(paragraphs);
  const sizes = pieces.map((blocks) => blocks.join("").length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4_000);
  expect(pieces.length).toBeLessThan(60);
  const whole = `one ${"word ".repeat(5_000)}`.trim();
  expect(piecesOf(`a\n\n${whole}\n\nb`)).toEqual([["a"], [whole], ["b"]]);
  expect(piecesOf("")).toEqual([]);
});
