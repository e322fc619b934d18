import { expect, test } from "vitest";
import { choose } from "./language";

const known = ["en", "de"] as const;

test.each([
  [["de-AT", "en"], { language: "de", locale: "de-AT" }],
  [["fr-FR", "DE", "en"], { language: "de", locale: "DE" }],
  [["en-GB"], { language: "en", locale: "en-GB" }],
  [["fr", "it-IT"], { language: "en", locale: "en" }],
  [[], { language: "en", locale: "en" }],
  // A browser may be told to want anything.
  [["en-", "x", "de"], { language: "de", locale: "de" }],
])("of %j a person gets %j", (wanted, chosen) => {
  expect(choose(wanted, known)).toEqual(chosen);
});
