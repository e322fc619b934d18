import { expect, test } from "vitest";
import type { Question } from "~/api/types";
import { answersOf, choose, NOTHING, say } from "./answers";

const options = ["A", "B", "C"].map((label) => ({ label, description: "" }));
const single: Question = { question: "One?", header: "One", options, multiSelect: false };
const multi: Question = { question: "Many?", header: "Many", options, multiSelect: true };

test("of one, the last choice counts; own words replace it, and a choice replaces them", () => {
  const chosen = choose(single, choose(single, NOTHING, "A"), "B");
  expect(answersOf([single], [chosen])).toEqual([["B"]]);
  const own = say(single, chosen, "neither");
  expect(answersOf([single], [own])).toEqual([["neither"]]);
  expect(answersOf([single], [choose(single, own, "C")])).toEqual([["C"]]);
});

test("of several, choices come in the order of the question, own words last; a second click takes back", () => {
  let chosen = choose(multi, choose(multi, NOTHING, "C"), "A");
  chosen = say(multi, chosen, " and D ");
  expect(answersOf([multi], [chosen])).toEqual([["A", "C", "and D"]]);
  chosen = choose(multi, chosen, "C");
  expect(answersOf([multi], [chosen])).toEqual([["A", "and D"]]);
});

test("there is no answer while one question has none", () => {
  expect(answersOf([single, multi], [choose(single, NOTHING, "A"), NOTHING])).toBeUndefined();
  expect(answersOf([single], [say(single, NOTHING, "   ")])).toBeUndefined();
});
