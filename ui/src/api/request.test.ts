import { afterEach, expect, test, vi } from "vitest";
import { ApiError, onSignedOut, query, request } from "./request";

const respond = (status: number, body: BodyInit | null, seen: RequestInit[] = []) =>
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    seen.push(init);
    return new Response(body, { status });
  });

afterEach(() => vi.unstubAllGlobals());

test("whatever changes something carries the header that other sites cannot send", async () => {
  const seen: RequestInit[] = [];
  respond(200, "{}", seen);
  await request("GET", "/state");
  await request("POST", "/tasks", { prompt: "x" });
  await request("DELETE", "/x");
  await request("POST", "/uploads", new Blob(["abc"]));
  expect(seen.map(({ headers }) => headers)).toEqual([
    { accept: "application/json" },
    { accept: "application/json", "content-type": "application/json", "x-deskhand": "1" },
    { accept: "application/json", "x-deskhand": "1" },
    { accept: "application/json", "content-type": "application/octet-stream", "x-deskhand": "1" },
  ]);
});

test("an error has the server's own words", async () => {
  const problem = { code: "workspace.conflict", message: "Nothing was undone.", hint: "Look at the file." };
  respond(409, JSON.stringify(problem));
  const error = await request("POST", "/x").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 409, problem });
});

test("an answer that is no problem document is still an error, and so is no answer", async () => {
  respond(500, "<html>");
  await expect(request("GET", "/x")).rejects.toMatchObject({ status: 500, problem: { code: "http.500" } });
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("refused");
  });
  await expect(request("GET", "/x")).rejects.toMatchObject({
    status: 0,
    problem: { code: "ui.unreachable" },
  });
});

test("a lost session is told once per refusal, until nobody listens", async () => {
  const told = vi.fn();
  const stop = onSignedOut(told);
  respond(401, null);
  await request("GET", "/x").catch(() => {});
  stop();
  await request("GET", "/x").catch(() => {});
  expect(told).toHaveBeenCalledTimes(1);
});

test("what is absent is left out of an address, a list is repeated", () => {
  expect(query({ a: "x y", b: undefined, c: null, d: 0, e: ["1", "2"] })).toBe("?a=x+y&d=0&e=1&e=2");
  expect(query({ a: undefined })).toBe("");
});
