// The one place that talks to the server. Every error is an `ApiError` with the server's own words.
import type { Problem } from "./types";

export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
  }
}

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Calls `listener` when the server no longer knows this window. Returns how to stop that. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

export const apiPath = (path: string) => `/api/v1${path}`;

/** `?a=1&b=2` of what is set; a list gives its name once per entry. */
export function query(
  values: Record<string, string | number | readonly string[] | null | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Sends JSON and gives back JSON (nothing for an empty answer). */
export async function request<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const init: RequestInit = { method, headers: headersFor(method, body), credentials: "same-origin" };
  if (signal) init.signal = signal;
  if (body instanceof Blob) init.body = body;
  else if (body !== undefined) init.body = JSON.stringify(body);

  let response: Response;
  try {
    response = await fetch(apiPath(path), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "ui.unreachable", message: "" });
  }
  if (!response.ok) {
    if (response.status === 401) for (const listener of signedOut) listener();
    throw new ApiError(response.status, await problemOf(response));
  }
  const text = response.status === 204 ? "" : await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

function headersFor(method: Method, body: unknown): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  // A page of another origin cannot set this header without asking first, which the server refuses.
  if (method !== "GET") headers["x-deskhand"] = "1";
  if (body instanceof Blob) headers["content-type"] = "application/octet-stream";
  else if (body !== undefined) headers["content-type"] = "application/json";
  return headers;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const read: unknown = await response.json();
    if (typeof read === "object" && read !== null && "message" in read && "code" in read)
      return read as Problem;
  } catch {
    // Not JSON: what is said below is all there is to say.
  }
  return { code: `http.${response.status}`, message: "" };
}
