// What a card needs may be slow to load.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { api } from "~/api/endpoints";
import type { Ask } from "~/api/types";
import "~/messages";
import { AskCard } from "./AskCard";

const network = vi.hoisted(() => {
  let answer = () => {};
  const answered = new Promise<void>((done) => {
    answer = done;
  });
  return { answered, answer };
});
vi.mock("~/trust", async (original) => {
  await network.answered;
  return original();
});

const ask: Ask = {
  type: "approve",
  action: { tool: "Send", effect: "outward", paths: [], summary: "Send a message" },
  reasons: [],
  known: [{ connector: "mail", name: "Mail", kind: "recipient", param: "to", value: "ann@example.com" }],
};

test("nothing of a card is there before all of it is, and its half second begins only then", async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const answer = vi.spyOn(api, "answer").mockResolvedValue();
  const place = document.body.appendChild(document.createElement("div"));
  const root = createRoot(place);
  const wait = (ms: number) => act(async () => vi.advanceTimersByTime(ms));
  const allow = () => [...place.querySelectorAll("button")].find((one) => one.textContent === "Allow once");
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <AskCard id="q" task="t" ask={ask} />
      </QueryClientProvider>,
    ),
  );
  await wait(2_000);
  expect(place.textContent).toBe("");

  await act(async () => {
    network.answer();
    await import("~/trust");
  });
  await vi.waitFor(async () => {
    // React shows what was loaded not sooner than 300 ms after what stood for it.
    await wait(50);
    expect(allow()).toBeDefined();
  });
  expect(place.textContent).toContain("ann@example.com");
  expect(place.querySelector("section")?.dataset.shielded).toBe("true");
  await act(async () => allow()?.click());
  expect(answer).not.toHaveBeenCalled();
  await wait(500);
  await act(async () => allow()?.click());
  expect(answer.mock.calls).toEqual([["q", { type: "allow" }]]);
  await act(async () => root.unmount());
  vi.useRealTimers();
});
