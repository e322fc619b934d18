import { expect, test } from "vitest";
import { saidIn } from "./socket";

test("a piece of a stream is taken apart as the standard has it", () => {
  expect(saidIn('event: update\nid: 12\ndata: {"a":1}\n\n')).toEqual([
    { name: "update", id: "12", data: '{"a":1}' },
  ]);
  expect(saidIn("event: live\ndata: a\n\nevent:live\ndata:b: c\ndata: \ndata: d\n\n")).toEqual([
    { name: "live", id: "", data: "a" },
    { name: "live", id: "", data: "b: c\n\nd" },
  ]);
  expect(saidIn("data: x\n\n")).toEqual([{ name: "message", id: "", data: "x" }]);
  // What keeps the connection alive says nothing.
  expect(saidIn(":\n\n")).toEqual([]);
  expect(saidIn("")).toEqual([]);
});
