import { createContext, useContext } from "react";
import { newStore, type Store } from "~/kit/store";
import { type LiveState, SILENT } from "./model/live";

/** What stands open beside the conversation. */
export type Opened =
  | { kind: "file"; path: string; hash?: string | null }
  | { kind: "changes"; at?: { step: number; path?: string } }
  | { kind: "trust" };

export interface TaskContextValue {
  task: string;
  live: Store<LiveState>;
  open: (what: Opened) => void;
}

export const TaskContext = createContext<TaskContextValue>({
  task: "",
  live: newStore(SILENT),
  open: () => {},
});

export const useTaskContext = () => useContext(TaskContext);
