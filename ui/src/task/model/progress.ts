// How far the call of a connector is, in words.
import type { TFunction } from "i18next";
import { number } from "~/format/numbers";
import type { LiveState } from "./live";

/** "2 of 3 · Reading mails". The message is the server's. */
export function progressWords(
  { done, total, message }: NonNullable<LiveState["progress"]>,
  t: TFunction,
): string {
  const far =
    total == null
      ? number(done)
      : t("task.progressOf", { done: number(Math.min(done, total)), total: number(total) });
  return message ? `${far} · ${message}` : far;
}
