import { expect, test } from "vitest";
import { matching, mention, replaced, triggerAt } from "./complete";

/** The trigger at `|`. */
const at = (text: string) => triggerAt(text.replace("|", ""), text.indexOf("|"));

test("a command stands at the very beginning and has no space", () => {
  expect(at("/an|")).toEqual({ kind: "command", query: "an", from: 0, to: 3 });
  expect(at("/|")).toEqual({ kind: "command", query: "", from: 0, to: 1 });
  for (const none of ["a /an|", "/an x|", "/home/ana|", "|/an"]) expect(at(none), none).toBeUndefined();
});

test("arguments of a connector's prompt are proposed", () => {
  expect(at("/mcp__notes__sum_up 1|")).toEqual({
    kind: "argument",
    query: "/mcp__notes__sum_up 1",
    from: 0,
    to: 21,
  });
  expect(at("/mcp__notes__sum_up|")?.kind).toBe("command");
});

test("a file is named after `@`, which begins a word", () => {
  expect(at("compare @sal|")).toEqual({ kind: "file", query: "sal", from: 8, to: 12 });
  expect(at("(@|")).toEqual({ kind: "file", query: "", from: 1, to: 2 });
  expect(at("see @sales report| and")).toEqual({ kind: "file", query: "sales report", from: 4, to: 17 });
  for (const none of ["ana@example|", "@ x|", "@a  b|", '@a" b|']) expect(at(none), none).toBeUndefined();
});

test("what is taken replaces the trigger and leaves a space behind it", () => {
  const trigger = at("compare @sal| now");
  if (!trigger) throw new Error("no trigger");
  expect(replaced("compare @sal now", trigger, "Sales/a.xlsx")).toEqual({
    text: "compare Sales/a.xlsx now",
    caret: 21,
  });
  const last = at("@sal|");
  if (!last) throw new Error("no trigger");
  expect(replaced("@sal", last, "a.xlsx")).toEqual({ text: "a.xlsx ", caret: 7 });
});

test("names with spaces are quoted", () => {
  expect([mention("a.xlsx"), mention("south report.xlsx")]).toEqual(["a.xlsx", '"south report.xlsx"']);
});

test("commands that begin with what was typed come first", () => {
  const commands = [
    { id: "compare", title: "Compare two versions" },
    { id: "analyse", title: "Analyse and compare" },
    { id: "sort", title: "Sort a folder" },
  ];
  expect(matching(commands, "COMP").map(({ id }) => id)).toEqual(["compare", "analyse"]);
  expect(matching(commands, "").map(({ id }) => id)).toEqual(["compare", "analyse", "sort"]);
});
