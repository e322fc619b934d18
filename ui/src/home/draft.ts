// What is being prepared. It outlives the view: looking at a task and coming back loses nothing.
import type { Budget, Effort, FolderChoice, WorkMode } from "~/api/types";
import { newStore } from "~/kit/store";

export interface Draft {
  text: string;
  folders: readonly FolderChoice[];
  model?: string;
  /** How much the model may think, where it thinks at all. */
  effort: Effort;
  mode: WorkMode;
  /** Limits; those of the settings as long as nothing was chosen. */
  budget?: Budget;
  /** The person confirmed a folder outside the personal one. */
  outside: boolean;
}

export const EMPTY: Draft = {
  text: "",
  folders: [],
  effort: "standard",
  mode: "auto",
  outside: false,
};

export const draft = newStore<Draft>(EMPTY);

export const changeDraft = (by: Partial<Draft>) => draft.set((now) => ({ ...now, ...by }));

/** Whether a folder lies outside the personal one. */
export function isOutside(path: string, personal: string): boolean {
  const trimmed = personal.replace(/[\\/]+$/, "");
  if (path === trimmed || path === personal) return false;
  return !(path.startsWith(`${trimmed}/`) || path.startsWith(`${trimmed}\\`));
}

/** The last part of a path, for a chip. */
export const lastPart = (path: string) => path.split(/[\\/]/).findLast((part) => part !== "") ?? path;
