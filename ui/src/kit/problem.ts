import type { TFunction } from "i18next";
import { ApiError } from "~/api/request";

/** What is said about an error: the server's own words where it gave some. */
export function wordsOf(error: unknown, t: TFunction): { message: string; hint?: string } {
  if (!(error instanceof ApiError))
    return { message: error instanceof Error ? error.message : String(error) };
  if (error.status === 0) {
    return { message: t("kit.problem.unreachable"), hint: t("kit.problem.unreachableHint") };
  }
  const { message, hint } = error.problem;
  const said = message || t("kit.problem.status", { status: error.status });
  return hint ? { message: said, hint } : { message: said };
}
