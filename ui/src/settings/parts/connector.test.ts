import { expect, test } from "vitest";
import { emptyConnector, payloadOf, wordsOf, wrongWith } from "./connector";

test("a command line falls into the words a terminal would make of it", () => {
  expect(wordsOf("npx -y server")).toEqual(["npx", "-y", "server"]);
  expect(wordsOf(`run "two words" 'and "more"' a\\ b ""`)).toEqual([
    "run",
    "two words",
    'and "more"',
    "a b",
    "",
  ]);
  expect(wordsOf("   ")).toEqual([]);
});

test("what is missing or taken is named", () => {
  expect(wrongWith(emptyConnector, [])).toEqual({ name: "empty", url: "empty" });
  expect(wrongWith({ ...emptyConnector, name: "Notes", url: "ftp://x" }, [])).toEqual({
    name: "badName",
    url: "badAddress",
  });
  expect(wrongWith({ ...emptyConnector, name: "a", kind: "program" }, ["a"])).toEqual({
    name: "taken",
    command: "empty",
  });
  expect(wrongWith({ ...emptyConnector, name: "a", url: "https://a.example/mcp" }, ["b"])).toEqual({});
});

test("only what belongs to its kind is sent", () => {
  const form = {
    name: " a ",
    url: "https://x.example",
    command: "npx server",
    folders: " /a \n\n/b",
    network: true,
  };
  expect(payloadOf({ ...form, kind: "address" })).toEqual({
    name: "a",
    url: "https://x.example",
    command: [],
    folders: [],
    network: false,
  });
  expect(payloadOf({ ...form, kind: "program" })).toEqual({
    name: "a",
    url: "",
    command: ["npx", "server"],
    folders: ["/a", "/b"],
    network: true,
  });
});
