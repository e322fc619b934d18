import { expect, test } from "vitest";
import type { Item, ItemBody } from "~/api/types";
import { rowAt, rowsOf, type Tool } from "./rows";

const tool: Tool = {
  type: "tool",
  call: "c",
  tool: "Read",
  verb: "read",
  object: "a.txt",
  count: 1,
  state: "done",
  summary: "",
};
const item = (seq: number, body: ItemBody): Item => ({ key: `k${seq}`, seq, changed: seq, at: 0, body });
const say = (seq: number, text = "hello") => item(seq, { type: "answer", text });
const use = (seq: number) => item(seq, tool);

test("neighbouring steps are one row, what is said stands between them", () => {
  const items = [say(1), use(2), item(3, { type: "thinking", text: "hm" }), use(4), say(5), use(6)];
  expect(rowsOf(items)).toEqual([
    { kind: "item", key: "k1", seq: 1, item: items[0] },
    { kind: "steps", key: "steps:k2", seq: 2, items: [items[1], items[2], items[3]] },
    { kind: "item", key: "k5", seq: 5, item: items[4] },
    { kind: "steps", key: "steps:k6", seq: 6, items: [items[5]] },
  ]);
});

test("an answer without words breaks no group", () => {
  expect(rowsOf([use(1), say(2, "  "), use(3)])).toHaveLength(1);
});

test("rows that did not change are the same objects, a group that grows keeps its key", () => {
  const items = [say(1), use(2)];
  const before = rowsOf(items);
  const after = rowsOf([...items, use(3)], before);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(after[1]?.key).toBe(before[1]?.key);
  expect(rowsOf(items, before)[1]).toBe(before[1]);
});

test("an event is found in the row that shows it", () => {
  const rows = rowsOf([say(1), use(2), use(4), say(9)]);
  expect([0, 1, 3, 4, 9, 100].map((seq) => rowAt(rows, seq))).toEqual([0, 0, 1, 1, 2, 2]);
});

test("what a sub-agent said and did is folded below the step that started it, but not its open question", () => {
  const started = item(1, { ...tool, call: "s", tool: "Task", verb: "delegate", state: "waiting" });
  const own = (one: Item): Item => ({ ...one, within: started.key });
  const asked = own(
    item(4, { type: "question", asked: { id: "q", ask: { type: "questions", questions: [] } } }),
  );
  const items = [started, own(use(2)), own(say(3)), asked, say(5)];
  const rows = rowsOf(items);
  expect(rows.map(({ kind, key }) => [kind, key])).toEqual([
    ["agent", "k1"],
    ["item", "k4"],
    ["item", "k5"],
  ]);
  expect(rows[0]).toMatchObject({ items: [items[1], items[2]] });
  // Its own rows are there when it is opened.
  const opened = rowsOf([own(use(2)), own(say(3))], [], started.key);
  expect(opened.map(({ kind }) => kind)).toEqual(["steps", "item"]);
  expect(rowsOf(items, rows)[0]).toBe(rows[0]);
});
