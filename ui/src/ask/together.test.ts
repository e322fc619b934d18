import { expect, test } from "vitest";
import type { Ask } from "~/api/types";
import { together } from "./together";

const mail = (to: string, effect = "outward"): Ask => ({
  type: "approve",
  action: { tool: "mcp__post__send_email", effect, paths: [], summary: `Send to ${to}` },
  reasons: [],
  targets: [{ param: "to", kind: "address", value: to }],
});

test("questions about the same recipient come with the first of them, others by themselves", () => {
  const open = [
    { id: "1", ask: mail("a@x.example") },
    { id: "2", ask: mail("b@x.example") },
    { id: "3", ask: mail("a@x.example") },
    { id: "4", ask: mail("a@x.example"), agent: "reader" },
    { id: "5", ask: mail("a@x.example", "spend") },
    { id: "6", ask: mail("a@x.example", "spend") },
  ];
  const cards = open.map((one) => together(one, open).map(({ id }) => id));
  expect(cards).toEqual([["1", "3"], ["2"], [], ["4"], ["5"], ["6"]]);
});
