import { expect, test } from "vitest";
import type { Item } from "~/api/types";
import { branchPoints } from "./branch";

const item = (seq: number, type: "person" | "answer"): Item => ({
  key: `k${seq}`,
  seq,
  changed: seq + 5,
  at: 0,
  body: { type, text: "" },
});
const first = item(1, "person");
const answer = item(4, "answer");
const second = item(6, "person");
const items = [first, answer, second, item(9, "answer")];

test("a branch goes on after an answer and before what was said; the same work begins with what was said", () => {
  expect(branchPoints(items, first)).toEqual({ before: 1, again: 1 });
  expect(branchPoints(items, answer)).toEqual({ before: 5, again: 1 });
  expect(branchPoints(items, second)).toEqual({ before: 6, again: 6 });
  expect(branchPoints(items, item(9, "answer"))).toEqual({ before: 10, again: 6 });
});
