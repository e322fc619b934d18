import type { TFunction } from "i18next";
import { ApiError } from "~/api/request";
import type { Problem } from "~/api/types";
import { i18next } from "~/messages";

/**
 * What is said about an error: in the words that the catalogue has for its code, else in the server's own, which are
 * English.
 */
export function wordsOf(error: unknown, t: TFunction): { message: string; hint?: string } {
  if (!(error instanceof ApiError))
    return { message: error instanceof Error ? error.message : String(error) };
  if (error.status === 0) {
    return { message: t("kit.problem.unreachable"), hint: t("kit.problem.unreachableHint") };
  }
  const said = translated(error.problem) ?? error.problem;
  const message = said.message || t("kit.problem.status", { status: error.status });
  return said.hint ? { message, hint: said.hint } : { message };
}

/** The sentence of the person's language for a code, with what the server's sentence names put in. */
function translated({
  code,
  parameters,
}: Problem): { message: string; hint?: string | undefined } | undefined {
  // The codes are the server's: the compiler does not know them.
  const key = (part: "message" | "hint") => `problems.${code}.${part}`;
  const say = i18next.t as (key: string, named?: Record<string, string>) => string;
  const known = (part: "message" | "hint") =>
    i18next.exists(key(part)) ? say(key(part), parameters) : undefined;
  const message = known("message");
  return message === undefined ? undefined : { message, hint: known("hint") };
}
