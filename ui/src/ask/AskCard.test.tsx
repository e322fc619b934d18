import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "~/api/endpoints";
import type { Ask } from "~/api/types";
import "~/messages";
import { AskCard } from "./AskCard";

const ask: Ask = {
  type: "approve",
  action: {
    tool: "Bash",
    effect: "irreversible",
    paths: ["/mnt/a/x\u202etxt.exe"],
    summary: "Delete 1 file",
  },
  reasons: ["Deleting cannot be undone here."],
  preview: "rm x",
};

let root: Root;
let place: HTMLElement;
const client = new QueryClient();
const show = (what: Ask, index = 0) =>
  act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <AskCard id="q" task="t" ask={what} place={index} />
      </QueryClientProvider>,
    ),
  );
const button = (name: string) => {
  const found = [...place.querySelectorAll("button")].find((one) => one.textContent === name);
  if (!found) throw new Error(`no button ${name}`);
  return found;
};
const click = (name: string) => act(async () => button(name).click());
const wait = (ms: number) => act(async () => vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
});
afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("clicks and keys in the first half second do nothing, and it can be seen", async () => {
  const answer = vi.spyOn(api, "answer").mockResolvedValue();
  await show(ask);
  const card = place.querySelector("section");
  expect(card?.dataset.shielded).toBe("true");
  await click("Allow once");
  const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
  button("Allow once").dispatchEvent(key);
  expect(key.defaultPrevented).toBe(true);
  await wait(499);
  await click("Allow once");
  expect(answer).not.toHaveBeenCalled();

  await wait(2);
  expect(card?.dataset.shielded).toBe("false");
  await click("Allow once");
  expect(answer.mock.calls).toEqual([["q", { type: "allow" }]]);
});

test("a card that changes or moves is shielded again, and so is one in a window that comes to the front", async () => {
  const answer = vi.spyOn(api, "answer").mockResolvedValue();
  await show(ask);
  await wait(600);
  await show({ ...ask, preview: "rm y" });
  await click("Allow once");
  await wait(600);
  await show({ ...ask, preview: "rm y" }, 1);
  await click("Allow once");
  await wait(600);
  await act(async () => window.dispatchEvent(new Event("focus")));
  await click("Allow once");
  expect(answer).not.toHaveBeenCalled();
});

test("what is asked is shown whole: summary, files with hidden characters made visible, reasons, exact content", async () => {
  await show(ask);
  const text = place.textContent;
  for (const part of [
    "Delete 1 file",
    "Cannot be undone",
    "U+202E",
    "Deleting cannot be undone here.",
    "rm x",
  ]) {
    expect(text).toContain(part);
  }
  expect(place.innerHTML).not.toContain("\u202e");
  expect(document.activeElement).toBe(document.body);
});

test("what shows all lines stays where it is and shows fewer again: the focus of the keyboard is not lost", async () => {
  const preview = Array.from({ length: 30 }, (_, n) => `line ${n}`).join("\n");
  await show({ ...ask, preview });
  await wait(600);
  const more = button("Show all 30 lines");
  more.focus();
  await act(async () => more.click());
  expect(place.textContent).toContain("line 29");
  expect(document.activeElement).toBe(button("Show fewer lines"));
  await click("Show fewer lines");
  expect(place.textContent).not.toContain("line 29");
});

test("a refusal carries its reason", async () => {
  const answer = vi.spyOn(api, "answer").mockResolvedValue();
  await show(ask);
  await wait(600);
  await click("Say why not…");
  const input = place.querySelector("input");
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
  await act(async () => {
    set?.call(input, "Keep it ");
    input?.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await click("Don't allow, and say why");
  expect(answer.mock.calls).toEqual([["q", { type: "deny", reason: "Keep it" }]]);
});

const mail = (summary: string): Ask => ({
  type: "approve",
  action: { tool: "mcp__post__send", effect: "outward", paths: [], summary },
  reasons: [],
  you_asked: "Mail it to Ana.",
  targets: [{ param: "to", kind: "address", value: "eve@evil.example" }],
});

test("another value is typed by the person, and only it is answered with", async () => {
  const answer = vi.spyOn(api, "answer").mockResolvedValue();
  await show(mail("Send"));
  await wait(600);
  expect(place.textContent).toContain("You asked: “Mail it to Ana.”");
  await click("Another address…");
  expect(button("Allow once with this").disabled).toBe(true);
  const field = place.querySelector("input");
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
  await act(async () => {
    set?.call(field, "ana@firm.example");
    field?.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await click("Allow once with this");
  const given = { type: "instead", param: "to", from: "eve@evil.example", to: "ana@firm.example" };
  expect(answer.mock.calls).toEqual([["q", given]]);
});

test("questions that come on one card are shown with it and answered alike, each by its id", async () => {
  const answer = vi.spyOn(api, "answer").mockResolvedValue();
  await act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <AskCard id="q" task="t" ask={mail("Send one")} others={[{ id: "r", ask: mail("Send two") }]} />
      </QueryClientProvider>,
    ),
  );
  await wait(600);
  expect(place.textContent).toContain("2 actions, all to the same recipient");
  expect(place.textContent).toContain("Send two");
  await click("Allow all 2 once");
  expect(answer.mock.calls).toEqual([
    ["q", { type: "allow" }],
    ["r", { type: "allow" }],
  ]);
});
