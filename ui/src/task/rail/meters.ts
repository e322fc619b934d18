// How much of each limit is used.
import type { Cost } from "~/api/types";

export interface Meter {
  limit: "usd" | "tokens" | "turns" | "minutes";
  used: number;
  most: number;
}

/** The limits that are set, with what is used of each. */
export function metersOf(cost: Cost): Meter[] {
  const { budget } = cost;
  const all = [
    { limit: "usd", used: cost.usd, most: budget.max_usd },
    {
      limit: "tokens",
      used: cost.input_tokens + cost.cached_tokens + cost.output_tokens,
      most: budget.max_tokens,
    },
    { limit: "turns", used: cost.turns, most: budget.max_turns },
    { limit: "minutes", used: cost.worked_ms / 60_000, most: budget.max_minutes },
  ] as const;
  return all.flatMap(({ limit, used, most }) => (most ? [{ limit, used, most }] : []));
}
