import { expect, test } from "vitest";
import type { FormField } from "~/api/types";
import { type Entry, fill, proposedEntry } from "./fill";

const field = (name: string, input: FormField["input"], required = false): FormField => ({
  name,
  title: name,
  description: "",
  required,
  input,
});
const options = ["a", "b"].map((value) => ({ value, label: value.toUpperCase() }));
const fields = [
  field("text", { type: "text" }, true),
  field("whole", { type: "number", whole: true }),
  field("price", { type: "number", whole: false, proposed: 1.5 }),
  field("keep", { type: "switch", proposed: true }),
  field("one", { type: "choice", several: false, options, proposed: ["b"] }),
  field("many", { type: "choice", several: true, options }),
];

test("what is proposed stands there first, and what stays empty is not sent", () => {
  expect(fields.map(proposedEntry)).toEqual(["", "", "1.5", true, "b", []]);
  const filled = fill(fields, new Map<string, Entry>([["text", "x"]]));
  expect(filled).toEqual({ values: { text: "x", price: 1.5, keep: true, one: "b" }, faults: new Map() });
});

test("numbers are sent as numbers, several choices as a list, and what is wrong is named and not sent", () => {
  const entries = (more: [string, Entry][]) => new Map<string, Entry>([["text", "x"], ...more]);
  const sent = fill(
    fields,
    entries([
      ["whole", " 3 "],
      ["price", "2,5"],
      ["keep", false],
      ["many", ["a"]],
    ]),
  );
  expect(sent.values).toEqual({ text: "x", whole: 3, price: 2.5, keep: false, one: "b", many: ["a"] });
  const wrong = fill(
    fields,
    new Map<string, Entry>([
      ["whole", "1.5"],
      ["price", "much"],
    ]),
  );
  expect([...wrong.faults]).toEqual([
    ["text", "needed"],
    ["whole", "noWhole"],
    ["price", "noNumber"],
  ]);
});
