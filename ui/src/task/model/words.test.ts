import { expect, test } from "vitest";
import type { Item } from "~/api/types";
import { i18next } from "~/messages";
import type { Tool } from "./rows";
import { groupWords, stepWords, thingOf } from "./words";

const t = i18next.t;
let next = 0;
const tool = (verb: Tool["verb"], object = "", more: Partial<Tool> = {}): Tool => ({
  type: "tool",
  call: `c${next++}`,
  tool: "Tool",
  verb,
  object,
  count: 1,
  state: "done",
  summary: "",
  ...more,
});
const items = (...tools: Tool[]): Item[] =>
  tools.map((body) => ({ key: body.call, seq: next, changed: next, at: 0, body }));
const words = (...tools: Tool[]) => groupWords(items(...tools), t).text;

test("files are named by what they are when they are all alike", () => {
  expect(words(tool("read", "a.xlsx"), tool("read", "b.csv"), tool("read", "c.ods"))).toBe(
    "Read 3 spreadsheets",
  );
  expect(words(tool("read", "a.xlsx"), tool("read", "b.docx"))).toBe("Read 2 files");
  expect(words(tool("read", "", { count: 4 }))).toBe("Read 4 files");
});

test("one file is named by its name, however often it was read", () => {
  expect(words(tool("read", "sales.xlsx"))).toBe("Read sales.xlsx");
  expect(words(tool("read", "sales.xlsx"), tool("read", "sales.xlsx"))).toBe("Read sales.xlsx");
});

test("kinds of work follow one another in a sentence; more than three are counted", () => {
  expect(words(tool("read", "a.xlsx"), tool("query"), tool("write", "r.docx"))).toBe(
    "Read a.xlsx, ran a calculation, wrote r.docx",
  );
  expect(
    words(tool("read", "a.xlsx"), tool("query"), tool("run"), tool("write", "r.docx"), tool("move", "x.txt")),
  ).toBe("Read a.xlsx, ran a calculation, ran a command, and 2 more things");
});

test("the plan is not mentioned beside real work, and is when it is alone", () => {
  expect(words(tool("plan"), tool("read", "a.pdf"))).toBe("Read a.pdf");
  expect(words(tool("plan"))).toBe("Planned the work");
});

test("while something runs, that is what is said", () => {
  expect(groupWords(items(tool("read", "a.pdf"), tool("read", "b.pdf", { state: "running" })), t)).toEqual({
    text: "Reading b.pdf",
    running: true,
    waiting: false,
    failed: 0,
    refused: 0,
  });
});

test("what failed and what was refused is counted", () => {
  const group = groupWords(
    items(tool("run", "", { state: "failed" }), tool("run"), tool("delete", "a", { state: "refused" })),
    t,
  );
  expect(group).toEqual({
    text: "Ran 2 commands, deleted a",
    running: false,
    waiting: false,
    failed: 1,
    refused: 1,
  });
});

test("tools that nobody knows are named", () => {
  expect(
    words(tool("other", "", { tool: "mcp__calendar" }), tool("other", "", { tool: "mcp__calendar" })),
  ).toBe("Used mcp__calendar 2 times");
  expect(stepWords(tool("ask", "", { state: "waiting" }), t)).toBe("Waiting for your answer");
});

test("every verb has words for one and many, done and being done", () => {
  const verbs: Tool["verb"][] = [
    "read",
    "search",
    "write",
    "edit",
    "move",
    "delete",
    "run",
    "query",
    "convert",
    "plan",
    "present",
    "ask",
    "folder",
    "remember",
    "judge",
    "delegate",
    "other",
  ];
  for (const verb of verbs) {
    for (const state of ["done", "running"] as const) {
      for (const count of [1, 3]) {
        const text = words(tool(verb, "", { state, count }));
        expect(text, `${verb} ${state} ${count}`).not.toMatch(/step\.|undefined|\{\{/);
        expect(text).not.toBe("");
      }
    }
  }
});

test("things are known by the ending of their names", () => {
  expect(["A.XLSX", "b.tar.gz", "c", "d.jpeg", "e.pdf"].map(thingOf)).toEqual([
    "spreadsheet",
    "file",
    "file",
    "picture",
    "pdf",
  ]);
});
