// Questions of one turn about the same recipient come as one card: read once, decided once. Each stays a question of its own,
// bound to exactly its action. As `engine::views::cards` has it.
import type { Ask } from "~/api/types";

export interface Open {
  id: string;
  ask: Ask;
}

/** What questions on one card have in common; absent for what is a card of its own. */
export function sinkOf(ask: Ask, agent?: string | null): string | undefined {
  if (ask.type !== "approve" || !ask.targets?.length) return undefined;
  if (ask.action.effect !== "outward" && ask.action.effect !== "fetch") return undefined;
  const targets = ask.targets.map(({ param, value }) => [param, value]);
  return JSON.stringify([ask.action.tool, ask.action.effect, agent ?? "", targets]);
}

/**
 * The questions that come with one on its card, itself among them; nothing when it comes with an earlier one.
 * `open` are the open questions of its task, each with the sub-agent that asks.
 */
export function together<T extends Open & { agent?: string | null }>(one: T, open: readonly T[]): T[] {
  const sink = sinkOf(one.ask, one.agent);
  if (sink === undefined) return [one];
  const card = open.filter((other) => sinkOf(other.ask, other.agent) === sink);
  return card[0]?.id === one.id ? card : [];
}
