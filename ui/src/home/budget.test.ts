import { expect, test } from "vitest";
import { i18next } from "~/messages";
import { budgetOf, inWords, typed } from "./budget";
import { isOutside, lastPart } from "./draft";

test("limits that are typed become the budget; empty ones are none", () => {
  expect(budgetOf({ usd: "2,50", minutes: " 30 ", turns: "", tokens: "100000" })).toEqual({
    budget: { max_usd: 2.5, max_minutes: 30, max_tokens: 100_000 },
    wrong: [],
  });
});

test("what cannot be a limit is named", () => {
  expect(budgetOf({ usd: "x", minutes: "0", turns: "1.5", tokens: "-3" }).wrong).toEqual([
    "usd",
    "minutes",
    "turns",
    "tokens",
  ]);
});

test("limits are typed again as they are, and said in words", () => {
  const budget = { max_usd: 2, max_minutes: 30 };
  expect(typed(budget)).toEqual({ usd: "2", minutes: "30", turns: "", tokens: "" });
  expect(inWords(budget, i18next.t)).toBe("2 dollars, 30 min");
  expect(inWords({}, i18next.t)).toBe("");
});

test("a folder beside the personal one is outside of it", () => {
  const outside = (path: string, personal = "/home/ana") => isOutside(path, personal);
  expect([outside("/home/ana"), outside("/home/ana/x"), outside("/home/anabel"), outside("/srv")]).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(outside("C:\\Users\\ana\\x", "C:\\Users\\ana\\")).toBe(false);
  expect([lastPart("/home/ana/Sales/"), lastPart("C:\\a\\b"), lastPart("/")]).toEqual(["Sales", "b", "/"]);
});
