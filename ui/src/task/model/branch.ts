import type { Item } from "~/api/types";

/**
 * Where a branch from an item begins: everything before that event is taken over. `before` is for going on from here:
 * before what the person said (so that it can be said differently), after what was answered. `again` is for doing the
 * same work anew: before what the person said last.
 */
export function branchPoints(items: readonly Item[], item: Item): { before: number; again: number } {
  if (item.body.type === "person") return { before: item.seq, again: item.seq };
  const asked = items.findLast((one) => one.body.type === "person" && one.seq < item.seq);
  return { before: item.seq + 1, again: asked?.seq ?? item.seq };
}
