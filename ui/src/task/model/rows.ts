// What the conversation shows line by line: items, with everything that was done in between folded into one row.
import type { BodyOf, Item } from "~/api/types";

export type Tool = BodyOf<"tool">;

export type Row =
  | { kind: "steps"; key: string; seq: number; items: Item[] }
  | { kind: "agent"; key: string; seq: number; call: Tool; items: Item[] }
  | { kind: "item"; key: string; seq: number; item: Item }
  | { kind: "live"; key: "live"; seq: number };

/** What belongs into a group of steps: tools and thoughts. */
export const isStep = ({ body }: Item) => body.type === "tool" || body.type === "thinking";

/** Whether an item has nothing to show of its own. */
function isEmpty({ body }: Item): boolean {
  return (body.type === "answer" || body.type === "thinking") && body.text.trim() === "";
}

/** A question that is open stands in sight, whoever asks. */
const isOpen = ({ body }: Item) => body.type === "question" && !body.asked.answer;

/** What sub-agents said and did, by the keys of the calls they work for. */
function bySubAgent(items: readonly Item[], own?: string): Map<string, Item[]> {
  const inside = new Map<string, Item[]>();
  for (const item of items) {
    if (!item.within || item.within === own || isOpen(item)) continue;
    const list = inside.get(item.within);
    if (list) list.push(item);
    else inside.set(item.within, [item]);
  }
  return inside;
}

/** Folds neighbouring steps, and what a sub-agent did into the step that started it; with `own` the items are those of that
 * sub-agent. `previous` is used again where nothing changed, so that only new rows are drawn. */
export function rowsOf(items: readonly Item[], previous: readonly Row[] = [], own?: string): Row[] {
  const before = new Map(previous.map((row) => [row.key, row]));
  const rows: Row[] = [];
  let steps: Item[] = [];
  const close = () => {
    const first = steps[0];
    if (first) {
      // The key is that of the first step: a group keeps it, and stays open, while it grows.
      const key = `steps:${first.key}`;
      const old = before.get(key);
      const same = old?.kind === "steps" && sameItems(old.items, steps);
      rows.push(same ? old : { kind: "steps", key, seq: first.seq, items: steps });
    }
    steps = [];
  };
  const inside = bySubAgent(items, own);
  for (const item of items) {
    if (isEmpty(item) || (item.within && inside.has(item.within) && !isOpen(item))) continue;
    if (item.body.type === "tool" && item.body.verb === "delegate") {
      close();
      const own = inside.get(item.key) ?? [];
      const old = before.get(item.key);
      const same = old?.kind === "agent" && old.call === item.body && sameItems(old.items, own);
      rows.push(same ? old : { kind: "agent", key: item.key, seq: item.seq, call: item.body, items: own });
      continue;
    }
    if (isStep(item)) {
      steps.push(item);
      continue;
    }
    close();
    const old = before.get(item.key);
    rows.push(
      old?.kind === "item" && old.item === item ? old : { kind: "item", key: item.key, seq: item.seq, item },
    );
  }
  close();
  return rows;
}

const sameItems = (a: readonly Item[], b: readonly Item[]) =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** The row that shows event `seq`: the last one that begins at or before it. */
export function rowAt(rows: readonly Row[], seq: number): number {
  return Math.max(
    0,
    rows.findLastIndex((row) => row.seq <= seq),
  );
}
