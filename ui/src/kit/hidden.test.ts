import { expect, test } from "vitest";
import { splitHidden } from "./hidden";
import { webAddress } from "./LinkDialog";

const shown = (text: string, lines = false) =>
  splitHidden(text, lines)
    .map((part) => (part.hidden ? `[${part.text}]` : part.text))
    .join("");

test("characters that reorder or hide text are shown by their code", () => {
  expect(shown("invoice\u202efdp.exe")).toBe("invoice[U+202E]fdp.exe");
  expect(shown("a\u200bb\u2066c\u00add\u0000\u{e0041}")).toBe(
    "a[U+200B]b[U+2066]c[U+00AD]d[U+0000][U+E0041]",
  );
  expect(shown("name\nother")).toBe("name[U+000A]other");
});

test("ordinary text stays as it is, in every script", () => {
  for (const text of ["Bericht Q3.xlsx", "تقرير.docx", "דוח.docx", "報告書.pdf", "👩‍💻 notes ❤️‍🔥.md"]) {
    expect(splitHidden(text)).toEqual([{ text, hidden: false }]);
  }
  expect(splitHidden("")).toEqual([]);
});

test("in a text of several lines, only line breaks and tabs are let through", () => {
  expect(shown("a\n\tb\u202e", true)).toBe("a\n\tb[U+202E]");
});

test("only web and mail addresses may be opened", () => {
  expect(webAddress("https://example.org/a?b#c")).toBe("https://example.org/a?b#c");
  expect(webAddress("mailto:a@example.org")).toBe("mailto:a@example.org");
  for (const other of [
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "/x",
    "",
  ]) {
    expect(webAddress(other), other).toBeUndefined();
  }
});
