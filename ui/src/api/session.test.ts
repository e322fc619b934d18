import { afterEach, expect, test, vi } from "vitest";
import { openSession, tokenIn } from "./session";

const TOKEN = "0123456789abcdef".repeat(4);

afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
});

test("only a token that looks like one is taken", () => {
  expect(tokenIn(`#token=${TOKEN}`)).toBe(TOKEN);
  expect(tokenIn(`#a=1&token=${TOKEN}`)).toBe(TOKEN);
  for (const wrong of ["", "#", "#token=", "#token=xyz", `#token=${TOKEN}!`, "#main"]) {
    expect(tokenIn(wrong), wrong).toBeUndefined();
  }
});

test("the token is traded for a session and is gone from the address before the request is made", async () => {
  window.history.replaceState(null, "", `/tasks/x?at=4#token=${TOKEN}`);
  const seen: unknown[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    seen.push([window.location.href.includes("token"), url, init.method, init.body, init.headers]);
    return new Response(null, { status: 204 });
  });
  await openSession();
  expect(seen).toEqual([
    [
      false,
      "/session",
      "POST",
      JSON.stringify({ token: TOKEN }),
      { "content-type": "application/json", "x-deskhand": "1" },
    ],
  ]);
  expect(window.location.pathname + window.location.search + window.location.hash).toBe("/tasks/x?at=4");
});

test("a mangled token leaves the address too, and nothing is sent; a fragment without one stays", async () => {
  const fetched = vi.fn();
  vi.stubGlobal("fetch", fetched);
  window.history.replaceState(null, "", "/#token=zz");
  await openSession();
  expect(window.location.hash).toBe("");
  window.history.replaceState(null, "", "/#main");
  await openSession();
  expect(window.location.hash).toBe("#main");
  expect(fetched).not.toHaveBeenCalled();
});

test("an unreachable server does not stop the page", async () => {
  window.history.replaceState(null, "", `/#token=${TOKEN}`);
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("no connection");
  });
  await expect(openSession()).resolves.toBeUndefined();
});
