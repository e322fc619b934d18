import { expect, test } from "vitest";
import { blocksOf } from "./blocks";
import { heardAll, SILENT } from "./live";

test("pieces add up; `clear` voids the answer and keeps what commands printed", () => {
  const now = heardAll(SILENT, [
    { type: "thinking", text: "hm" },
    { type: "text", text: "Hel" },
    { type: "text", text: "lo" },
    { type: "output", call: "c1", text: "a" },
    { type: "output", call: "c1", text: "b" },
    { type: "tool", name: "Read" },
  ]);
  expect(now).toEqual({ text: "Hello", thinking: "hm", tool: "Read", output: { c1: "ab" } });
  expect(heardAll(now, [{ type: "clear" }])).toEqual({ text: "", thinking: "", output: { c1: "ab" } });
});

test("how far a call is stands until something else comes", () => {
  const progress = { type: "progress", call: "c", done: 1, total: 3, message: "Reading" } as const;
  const now = heardAll(SILENT, [progress]);
  expect(now.progress).toEqual(progress);
  expect(heardAll(now, [{ type: "clear" }]).progress).toBeUndefined();
});

test("only the end of a long output is kept", () => {
  const now = heardAll(SILENT, [
    { type: "output", call: "c", text: "x".repeat(30_000) },
    { type: "output", call: "c", text: "end" },
  ]);
  expect(now.output.c).toHaveLength(20_000);
  expect(now.output.c?.endsWith("xend")).toBe(true);
});

test("blocks are cut at blank lines, never inside fenced code or a list", () => {
  const text = "One\n\nTwo\n\n```js\na\n\nb\n```\n\n- x\n\n- y\n\n  more\n\nEnd";
  expect(blocksOf(text)).toEqual(["One", "Two", "```js\na\n\nb\n```\n\n- x\n\n- y\n\n  more", "End"]);
});

test("finished blocks stay as they are while the text grows", () => {
  const text = "# Title\n\nA paragraph of **words**.\n\n```\ncode\n\nmore\n```\n\nLast one";
  const whole = blocksOf(text);
  for (let end = 1; end < text.length; end += 1) {
    const now = blocksOf(text.slice(0, end));
    expect(now.slice(0, -1)).toEqual(whole.slice(0, Math.max(0, now.length - 1)));
  }
});
