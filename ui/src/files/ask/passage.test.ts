import { expect, test } from "vitest";
import { excerptOf, passageOf } from "./passage";

test("a passage quotes the words and names their file and place", () => {
  expect(passageOf("/mnt/a/b.xlsx", { text: "1\t2\r\n3\t4\n", place: "sheet Q1, A1:B2" })).toBe(
    "1\t2\n3\t4\n— /mnt/a/b.xlsx, sheet Q1, A1:B2",
  );
  expect(passageOf("/mnt/a/b.md", { text: "  Revenue grew.  " })).toBe("Revenue grew.\n— /mnt/a/b.md");
});

test("without a passage the whole file is meant", () => {
  expect(passageOf("/mnt/a/b.png", undefined)).toBe("/mnt/a/b.png");
  expect(passageOf("/mnt/a/b.xlsx", { text: "", place: "A1" })).toBe("/mnt/a/b.xlsx, A1");
});

test("a long passage is cut, but never through a character", () => {
  const passage = passageOf("/p", { text: "a".repeat(1_999) + "😀".repeat(10) });
  expect(passage).toBe(`${"a".repeat(1_999)}…\n— /p`);
});

test("the excerpt is one short line", () => {
  expect(excerptOf(" a\n\n  b ")).toBe("a b");
  expect(excerptOf("x".repeat(100))).toBe(`${"x".repeat(79)}…`);
});
