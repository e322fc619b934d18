import { expect, test } from "vitest";
import type { ChangedFile, ChangeStep } from "~/api/types";
import { touchedAt, versionsOf } from "./versions";

const file = (path: string, before: string | null, after: string | null, more: Partial<ChangedFile> = {}) =>
  ({ path, name: path, change: "modify", stands: true, before, after, ...more }) as ChangedFile;
const step = (number: number, ...files: ChangedFile[]): ChangeStep => ({
  step: number,
  kind: "change",
  title: "",
  seq: number * 10,
  at: 0,
  stands: true,
  files,
});

test("the newest first, and what stood there before the task last", () => {
  const changes = [
    step(1, file("/mnt/a", "old", "one")),
    step(2, file("/mnt/b", null, "x")),
    step(3, file("/mnt/a", "one", "two")),
  ];
  expect(versionsOf(changes, "/mnt/a")).toEqual([
    { kind: "now" },
    { kind: "after", step: 3, hash: "two" },
    { kind: "after", step: 1, hash: "one" },
    { kind: "before", step: 1, hash: "old" },
  ]);
  expect(touchedAt(changes, "/mnt/a")).toBe(30);
  expect(touchedAt(changes, "/mnt/c")).toBe(0);
});

test("an undo adds no second name for the same content", () => {
  const changes = [step(1, file("/mnt/a", "old", "one")), step(2, file("/mnt/a", "one", "old"))];
  expect(versionsOf(changes, "/mnt/a")).toEqual([
    { kind: "now" },
    { kind: "after", step: 2, hash: "old" },
    { kind: "after", step: 1, hash: "one" },
  ]);
});

test("a new file has nothing it replaced; a version asked for is always there", () => {
  const changes = [step(1, file("/mnt/a", null, "one"))];
  expect(versionsOf(changes, "/mnt/a", "else")).toEqual([
    { kind: "now" },
    { kind: "after", step: 1, hash: "one" },
    { kind: "given", hash: "else" },
  ]);
  expect(versionsOf([], "/mnt/a", "one")).toEqual([{ kind: "now" }, { kind: "given", hash: "one" }]);
  expect(versionsOf([], "/mnt/a", null)).toEqual([{ kind: "now" }]);
});

test("a file that was moved away was touched", () => {
  expect(touchedAt([step(4, file("/mnt/b", "h", "h", { from: "/mnt/a" }))], "/mnt/a")).toBe(40);
});
