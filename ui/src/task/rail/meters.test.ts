import { expect, test } from "vitest";
import type { Cost } from "~/api/types";
import { bytes, dollars, span } from "~/format/numbers";
import { i18next } from "~/messages";
import { metersOf } from "./meters";

test("there is a meter for every limit that is set", () => {
  const cost: Cost = {
    turns: 3,
    input_tokens: 10,
    cached_tokens: 20,
    output_tokens: 5,
    usd: 0.5,
    incomplete: false,
    worked_ms: 90_000,
    budget: { max_usd: 2, max_tokens: 100, max_minutes: 3 },
  };
  expect(metersOf(cost)).toEqual([
    { limit: "usd", used: 0.5, most: 2 },
    { limit: "tokens", used: 35, most: 100 },
    { limit: "minutes", used: 1.5, most: 3 },
  ]);
});

test("sizes, prices and times are short", () => {
  expect([0, 999, 1000, 1_400_000, 99_960, 123_456].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "1.4 MB",
    "100 kB",
    "123 kB",
  ]);
  expect([0, 0.004, 0.42, 12].map(dollars)).toEqual(["$0", "<$0.01", "$0.42", "$12.00"]);
  expect([0, 59_000, 61_000, 3_600_000, 90_000_000].map((ms) => span(ms, i18next.t))).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "1 h",
    "1 day",
  ]);
});
