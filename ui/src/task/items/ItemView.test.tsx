import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "~/api/endpoints";
import type { Item, TaskPage } from "~/api/types";
import "~/messages";
import { ItemView } from "./ItemView";

let root: Root;
let place: HTMLElement;
const client = new QueryClient();
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

const ask = {
  type: "approve",
  action: { tool: "Write", effect: "create", paths: [], summary: "Write letter-2.md" },
  reasons: [],
};
const item = { key: "q2", seq: 4, changed: 4, at: 0, body: { type: "question", asked: { id: "q2", ask } } };
/** The page while these questions are open. */
const page = (...open: string[]) =>
  ({ head: { model: "m" }, rail: { waiting: open.map((id) => ({ id, ask })) } }) as unknown as TaskPage;
const show = (now: TaskPage) =>
  act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <ItemView item={item as unknown as Item} page={now} latest={false} />
      </QueryClientProvider>,
    ),
  );

test("a card is shielded again when the one above it was answered, and stays as it is when nothing moved", async () => {
  const answer = vi.spyOn(api, "answer").mockResolvedValue();
  const card = () => place.querySelector("section")?.dataset.shielded;
  const allow = () => [...place.querySelectorAll("button")].find((one) => one.textContent === "Allow once");
  await show(page("q1", "q2"));
  await act(async () => vi.advanceTimersByTime(600));
  await show(page("q1", "q2"));
  expect(card()).toBe("false");

  await show(page("q2"));
  expect(card()).toBe("true");
  await act(async () => allow()?.click());
  expect(answer).not.toHaveBeenCalled();
  await act(async () => vi.advanceTimersByTime(600));
  await act(async () => allow()?.click());
  expect(answer.mock.calls).toEqual([["q2", { type: "allow" }]]);
});
