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

test("a single command, calculation or skill says what it was for", () => {
  expect(words(tool("run", "Draw the chart"))).toBe("Ran “Draw the chart”");
  expect(words(tool("read", "a.pdf"), tool("run", "Draw the chart"))).toBe(
    "Read a.pdf, ran “Draw the chart”",
  );
  expect(words(tool("run", "Draw the chart", { state: "running" }))).toBe("Running “Draw the chart”");
  expect(words(tool("run", "a"), tool("run", "b"))).toBe("Ran 2 commands");
  expect(words(tool("query", "sales.xlsx"))).toBe("Ran a calculation on sales.xlsx");
  expect(words(tool("query", "sales.xlsx", { count: 3 }))).toBe("Ran a calculation on 3 spreadsheets");
  expect(words(tool("query", "a.csv", { count: 3 }), tool("query", "b.csv"))).toBe("Ran 2 calculations");
  expect(words(tool("skill", "finance:tidy"))).toBe("Used the skill finance:tidy");
});

test("a tool of a connector is told by what it does and whose it is", () => {
  const made = tool("connector", "create event", { tool: "mcp__google_calendar__create_event" });
  const found = tool("connector", "find", { tool: "mcp__google_calendar__find" });
  expect(words(made)).toBe("Used create event of google calendar");
  expect(words(made, { ...made, call: "again" })).toBe("Used create event of google calendar 2 times");
  expect(words(made, found)).toBe("Used create event of google calendar, used find of google calendar");
  expect(stepWords({ ...made, state: "running" }, t)).toBe("Using create event of google calendar");
});

test("tools that nobody knows are named", () => {
  expect(words(tool("other", "", { tool: "Telepathy" }), tool("other", "", { tool: "Telepathy" }))).toBe(
    "Used Telepathy 2 times",
  );
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
    "recall",
    "judge",
    "delegate",
    "skill",
    "find_tools",
    "inquire",
    "inspect",
    "connector",
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
