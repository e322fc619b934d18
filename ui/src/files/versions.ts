// Which versions of a file are known: as it stands now, what the task's steps left, and what stood there before them.
import type { ChangeStep, Rail } from "~/api/types";

export interface Version {
  /** Absent = as it stands now. */
  hash?: string;
  kind: "now" | "after" | "before" | "given";
  /** The step that left it, or before which it stood. */
  step?: number;
}

/** The versions of a file, the newest first. A version that stands twice is named once. */
export function versionsOf(changes: readonly ChangeStep[], path: string, given?: string | null): Version[] {
  const touched = stepsOf(changes, path);
  const known: Version[] = [{ kind: "now" }];
  const add = (version: Version) => {
    if (version.hash !== undefined && known.every(({ hash }) => hash !== version.hash)) known.push(version);
  };
  for (const { step, after } of touched.toReversed()) if (after) add({ kind: "after", step, hash: after });
  const [first] = touched;
  if (first?.before) add({ kind: "before", step: first.step, hash: first.before });
  if (given) add({ kind: "given", hash: given });
  return known;
}

/** Number of the last event that touched a file: with it, what was read of the file before is stale. */
export const touchedAt = (changes: readonly ChangeStep[], path: string): number =>
  changes.findLast(({ files }) => files.some((file) => file.path === path || file.from === path))?.seq ?? 0;

function stepsOf(changes: readonly ChangeStep[], path: string) {
  return changes.flatMap(({ step, files }) =>
    files.flatMap((file) => (file.path === path ? [{ step, before: file.before, after: file.after }] : [])),
  );
}

/** Where a file is on this computer, in the platform's own form, as far as the task's page tells. */
export function placeOf(rail: Rail | undefined, path: string): string | undefined {
  const output = rail?.outputs.find((file) => file.path === path);
  if (output?.place) return output.place;
  for (const { name, place } of rail?.context.folders ?? []) {
    const inside = `/mnt/${name}/`;
    if (place === "" || !path.startsWith(inside)) continue;
    const separator = place.includes("\\") ? "\\" : "/";
    return `${place}${separator}${path.slice(inside.length).replaceAll("/", separator)}`;
  }
  return undefined;
}

export const nameOf = (path: string): string => path.split("/").at(-1) || path;
