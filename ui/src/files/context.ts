import { createContext, useContext } from "react";
import type { Chosen } from "./ask/passage";

/** What is shown: a file of a task, in one of its versions. */
export interface Shown {
  task: string;
  path: string;
  /** Absent = as it stands now. */
  hash?: string;
  /** Changes when the file was touched, so that what was read of it before is not shown again. */
  stamp: string;
}

export interface Viewing extends Shown {
  /** The person chose something in the file, or nothing any more. */
  choose: (chosen: Chosen | undefined) => void;
}

export const ViewingContext = createContext<Viewing>({ task: "", path: "", stamp: "", choose: () => {} });

export const useViewing = () => useContext(ViewingContext);

/** What `file` and `raw` are asked for. */
export const askedFor = ({ path, hash }: Shown) => (hash === undefined ? { path } : { path, hash });
