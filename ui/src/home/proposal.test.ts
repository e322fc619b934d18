import { expect, test } from "vitest";
import { type Draft, EMPTY } from "./draft";
import { changesFor, type Proposal, proposalIn } from "./proposal";

const read = (query: string) => proposalIn(new URLSearchParams(query));

test("an address proposes a text or a folder, never both", () => {
  expect(read("prompt=Sum+up&folder=/home/ana/Taxes")).toEqual({ kind: "text", text: "Sum up" });
  expect(read("folder=/home/ana/Sales&file=a+b.csv")).toEqual({
    kind: "folder",
    folder: "/home/ana/Sales",
    file: "a b.csv",
  });
  expect(read("folder=/home/ana/Sales")).toEqual({ kind: "folder", folder: "/home/ana/Sales" });
  expect(read(`prompt=${"x".repeat(5000)}`)).toEqual({ kind: "text", text: "x".repeat(4000) });
  for (const query of ["", "prompt=+", "folder=", "file=a.csv", "step=4"])
    expect(read(query)).toBeUndefined();
});

const folder: Proposal = { kind: "folder", folder: "/home/ana/Sales", file: "a b.csv" };
const changes = (proposal: Proposal, now: Partial<Draft> = {}) =>
  changesFor(proposal, { ...EMPTY, ...now }, "/home/ana");

test("a file that was opened brings its folder and its name", () => {
  const sales = { path: "/home/ana/Sales", mode: "rw-no-delete" as const };
  expect(changes(folder)).toEqual({ text: '@"Sales/a b.csv" ', folders: [sales] });
  expect(changes(folder, { text: "Add it up" })).toEqual({ text: "Add it up", folders: [sales] });
  expect(changes(folder, { folders: [sales] })).toEqual({ text: '@"Sales/a b.csv" ' });
});

test("what needs the person's word changes nothing", () => {
  expect(changes({ kind: "folder", folder: "/srv/data" })).toBeUndefined();
  expect(changes({ kind: "text", text: "Send it" })).toEqual({ text: "Send it" });
  expect(changes({ kind: "text", text: "Send it" }, { text: "Mine" })).toBeUndefined();
  const taxes = { path: "/home/ana/Taxes", mode: "rw" as const };
  expect(changes({ kind: "text", text: "Send it" }, { folders: [taxes] })).toBeUndefined();
});
