import { expect, test } from "vitest";
import type { TaskHead } from "~/api/types";
import { grouped } from "./groups";
import { withHead } from "./live";

const task = (id: string, more: Partial<TaskHead> = {}) =>
  ({ id, title: id, status: "done", pinned: false, archived: false, updated_at: 0, ...more }) as TaskHead;

test("pinned first, then by where they stand, the latest first, archived ones not at all", () => {
  const list = [
    task("old", { updated_at: 1 }),
    task("new", { updated_at: 2 }),
    task("gone", { archived: true, pinned: true }),
    task("pin", { pinned: true, status: "failed" }),
    task("ask", { status: "waiting" }),
    task("run", { status: "working" }),
    task("rest", { status: "paused", updated_at: 5 }),
    task("budget", { status: "budget" }),
    task("no", { status: "refused", updated_at: 1 }),
  ];
  expect(grouped(list).map(({ group, tasks }) => [group, tasks.map(({ id }) => id)])).toEqual([
    ["pinned", ["pin"]],
    ["waiting", ["ask"]],
    ["working", ["run"]],
    ["paused", ["rest"]],
    ["done", ["new", "old"]],
    ["over", ["no", "budget"]],
  ]);
});

test("a task's line takes its place in the list, or comes first when it is new", () => {
  const list = [task("a"), task("b")];
  expect(withHead(list, task("b", { title: "B" })).map(({ title }) => title)).toEqual(["a", "B"]);
  expect(withHead(list, task("c")).map(({ id }) => id)).toEqual(["c", "a", "b"]);
  expect(withHead(undefined, task("c")).map(({ id }) => id)).toEqual(["c"]);
});
