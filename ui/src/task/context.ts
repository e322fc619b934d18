import { createContext, useContext } from "react";
import { newStore, type Store } from "~/kit/store";
import { type LiveState, SILENT } from "./model/live";

/** What stands open beside the conversation. */
export type Opened =
  | { kind: "file"; path: string; hash?: string | null }
  | { kind: "changes"; at?: { step: number; path?: string } }
  | { kind: "trust" };

/** A new task from a point of this one: with other words, another model, or more to say. */
export interface BranchAt {
  kind: "edit" | "retry" | "branch";
  /** Everything before this event is taken over. */
  before: number;
  /** What stands in the box at first. */
  text?: string;
}

export interface TaskContextValue {
  task: string;
  live: Store<LiveState>;
  /** How often something was said here: who says something wants to see it and what comes of it. */
  said: Store<number>;
  open: (what: Opened) => void;
  /** Asks what the new task shall do, and starts it. */
  branch: (at: BranchAt) => void;
}

export const TaskContext = createContext<TaskContextValue>({
  task: "",
  live: newStore(SILENT),
  said: newStore(0),
  open: () => {},
  branch: () => {},
});

export const useTaskContext = () => useContext(TaskContext);
