import { expect, test } from "vitest";
import type { Item, Rail, TaskHead, TaskPage } from "~/api/types";
import { merged } from "./merge";

const head = { id: "t", title: "T", status: "working" } as TaskHead;
const rail = { plan: [] } as unknown as Rail;
const item = (key: string, seq: number, text: string, changed = seq): Item => ({
  key,
  seq,
  changed,
  at: 0,
  body: { type: "answer", text },
});
const page = (items: Item[], seq = 10): TaskPage => ({ head, seq, items, rail });

test("a later version takes the place of the earlier one, new items go where their event belongs", () => {
  const before = page([item("a", 1, "one"), item("c", 5, "three")]);
  const after = merged(before, {
    seq: 12,
    head: { ...head, status: "done" },
    items: [item("a", 1, "one, changed", 11), item("b", 3, "two"), item("d", 12, "four")],
  });
  expect(after).toEqual({
    head: { ...head, status: "done" },
    seq: 12,
    items: [
      item("a", 1, "one, changed", 11),
      item("b", 3, "two"),
      item("c", 5, "three"),
      item("d", 12, "four"),
    ],
    rail,
  });
  expect(before.items).toEqual([item("a", 1, "one"), item("c", 5, "three")]);
});

test("items of the same event keep the order they came in", () => {
  const after = merged(page([]), { seq: 11, head, items: [item("x", 11, "x"), item("y", 11, "y")] });
  expect(after.items.map(({ key }) => key)).toEqual(["x", "y"]);
});

test("what is older than the page takes nothing back", () => {
  const now = page([item("a", 1, "new", 9)], 10);
  expect(merged(now, { seq: 9, head, items: [item("a", 1, "old", 4)] })).toBe(now);
  expect(merged(now, { seq: 10, head, items: [item("a", 1, "old", 4)] }).items).toEqual([
    item("a", 1, "new", 9),
  ]);
});

test("the rail stays when the update has none", () => {
  const other = { plan: [{ text: "x", status: "pending" }] } as unknown as Rail;
  expect(merged(page([]), { seq: 11, head, items: [] }).rail).toBe(rail);
  expect(merged(page([]), { seq: 11, head, items: [], rail: other }).rail).toBe(other);
});
