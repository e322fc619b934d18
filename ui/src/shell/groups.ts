// The list of tasks, in the groups a person looks for.
import type { Status, TaskHead } from "~/api/types";

export type Group = "pinned" | "waiting" | "working" | "paused" | "done" | "over";

export const ORDER: readonly Group[] = ["pinned", "waiting", "working", "paused", "done", "over"];

const OF: Record<Status, Group> = {
  waiting: "waiting",
  working: "working",
  // Nobody works on it until somebody says so.
  paused: "paused",
  done: "done",
  failed: "over",
  budget: "over",
  refused: "over",
  stopped: "over",
};

/** Groups that have tasks, in order; in each the latest first. Archived ones are left out. */
export function grouped(tasks: readonly TaskHead[]): { group: Group; tasks: TaskHead[] }[] {
  const by = new Map<Group, TaskHead[]>();
  for (const task of tasks) {
    if (task.archived) continue;
    const group = task.pinned ? "pinned" : OF[task.status];
    const list = by.get(group);
    if (list) list.push(task);
    else by.set(group, [task]);
  }
  return ORDER.flatMap((group) => {
    const list = by.get(group);
    return list ? [{ group, tasks: list.sort((a, b) => b.updated_at - a.updated_at) }] : [];
  });
}
