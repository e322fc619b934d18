// A task's page, kept up to date by what the stream says.
import type { Item, TaskPage, TaskUpdate } from "~/api/types";

/**
 * The page with an update in it. Items are told apart by their key; a later version takes the place of the earlier
 * one. An update that is older than the page (it can arrive twice after a reconnect) never takes anything back.
 */
export function merged(page: TaskPage, update: TaskUpdate): TaskPage {
  if (update.seq < page.seq) return page;
  return {
    head: update.head,
    seq: update.seq,
    items: mergedItems(page.items, update.items),
    rail: update.rail ?? page.rail,
  };
}

function mergedItems(items: readonly Item[], changes: readonly Item[]): Item[] {
  const next = [...items];
  for (const change of changes) {
    // What changes stands near the end, so looking from there finds it at once.
    const at = next.findLastIndex(({ key }) => key === change.key);
    const old = next[at];
    if (old === undefined) insert(next, change);
    else if (change.changed >= old.changed) next[at] = change;
  }
  return next;
}

/** Keeps the order of events; what came with the same event stays in the order it came in. */
function insert(items: Item[], item: Item): void {
  let at = items.length;
  while (at > 0 && (items[at - 1]?.seq ?? 0) > item.seq) at -= 1;
  items.splice(at, 0, item);
}
