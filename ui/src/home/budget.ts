// Limits as they are typed, and as the server takes them.
import type { TFunction } from "i18next";
import type { Budget } from "~/api/types";
import { number } from "~/format/numbers";

export const LIMITS = ["usd", "minutes", "turns", "tokens"] as const;
export type Limit = (typeof LIMITS)[number];

const FIELD = {
  usd: "max_usd",
  minutes: "max_minutes",
  turns: "max_turns",
  tokens: "max_tokens",
} as const satisfies Record<Limit, keyof Budget>;

export type Typed = Record<Limit, string>;

export const typed = (budget: Budget): Typed => {
  const of = (limit: Limit) => budget[FIELD[limit]]?.toString() ?? "";
  return { usd: of("usd"), minutes: of("minutes"), turns: of("turns"), tokens: of("tokens") };
};

/** The number that was typed; absent when nothing was, `NaN` when it is none that can be a limit. */
export function limitOf(limit: Limit, text: string): number | undefined {
  const clean = text.trim().replace(",", ".");
  if (clean === "") return undefined;
  const value = Number(clean);
  if (!Number.isFinite(value) || value <= 0) return Number.NaN;
  return limit === "usd" || Number.isSafeInteger(value) ? value : Number.NaN;
}

/** The limits, or which of them are wrong. */
export function budgetOf(values: Typed): { budget: Budget; wrong: Limit[] } {
  const budget: Budget = {};
  const wrong: Limit[] = [];
  for (const limit of LIMITS) {
    const value = limitOf(limit, values[limit]);
    if (value === undefined) continue;
    if (Number.isNaN(value)) wrong.push(limit);
    else budget[FIELD[limit]] = value;
  }
  return { budget, wrong };
}

/** "$2, 30 min"; empty when there is none. */
export function inWords(budget: Budget, t: TFunction): string {
  return LIMITS.flatMap((limit) => {
    const value = budget[FIELD[limit]];
    return value ? t(`home.budget.${limit}Short`, { value: number(value) }) : [];
  }).join(", ");
}
