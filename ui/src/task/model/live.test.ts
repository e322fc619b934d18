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
  expect(blocksOf(text)).toEqual(["One", "Two", "```js\na\n\nb\n```", "- x\n\n- y\n\n  more", "End"]);
  expect(blocksOf("- a\n\n1. b\n\n2. c")).toEqual(["- a", "1. b\n\n2. c"]);
  expect(blocksOf("  - a\n\n- b\n\nc")).toEqual(["  - a\n\n- b", "c"]);
});

const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

test("a long list, table or code is cut, so that what is parsed anew with every piece stays small", () => {
  const list = blocksOf(`Names:\n\n${many(1000, (n) => `- name ${n}\n  more`)}`);
  const tight = blocksOf(`Names:\n${many(1000, (n) => `* name ${n}`)}`);
  const table = blocksOf(`|a|b|\n|-|-|\n${many(1000, (n) => `|${n}|x|`)}\n\nEnd`);
  const code = blocksOf(`\`\`\`py\n${many(1000, (n) => `print(${n})\n`)}\n\`\`\`\nEnd`);
  for (const blocks of [list, tight, table, code]) {
    expect(blocks.length).toBeGreaterThan(5);
    expect(Math.max(...blocks.map((block) => block.split("\n").length))).toBeLessThan(210);
  }
  expect(list.join("\n").match(/name \d+/g)).toHaveLength(1000);
  expect(tight.join("\n").match(/name \d+/g)).toHaveLength(1000);
  for (const block of table.slice(0, -1)) expect(block.startsWith("|a|b|\n|-|-|\n|")).toBe(true);
  expect(table.join("\n").match(/\|x\|/g)).toHaveLength(1000);
  for (const block of code) expect(block.startsWith("```py\n")).toBe(true);
  expect(code.join("\n").match(/print/g)).toHaveLength(1000);
});

test("a numbered list that is cut keeps counting, also where every number is 1", () => {
  for (const number of [(n: number) => n + 1, () => 1]) {
    const [first, second] = blocksOf(many(50, (n) => `${number(n)}. entry ${n}`));
    expect(first?.split("\n")).toHaveLength(40);
    expect(second?.split("\n")[0]).toBe("41. entry 40");
  }
});

test("finished blocks stay as they are while the text grows", () => {
  const texts = [
    "# Title\n\nA paragraph of **words**.\n\n```\ncode\n\nmore\n```\n\nLast one",
    `One\n\n${many(90, (n) => `- e${n}`)}\n\nTwo`,
    `${many(60, (n) => `${n + 1}. e\n`)}\n- x\n\n- y\n\nTwo`,
    `|a|b|\n|-|-|\n${many(90, (n) => `|${n}|x|`)}\n\nTwo`,
    `\`\`\`js\n${many(410, (n) => `${n}`)}\n\`\`\`\n\nTwo`,
  ];
  for (const text of texts) {
    const whole = blocksOf(text);
    for (let end = 1; end < text.length; end += 1) {
      const now = blocksOf(text.slice(0, end));
      expect(now.slice(0, -1)).toEqual(whole.slice(0, Math.max(0, now.length - 1)));
    }
  }
});
