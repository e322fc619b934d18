import type { Rail } from "~/api/types";

export interface FileViewerProps {
  task: string;
  path: string;
  hash?: string | null;
  onClose?: () => void;
  /** The person chose a passage and wants it changed: the passage goes into the composer. */
  onAsk?: (passage: string) => void;
}

export interface ChangesViewProps {
  task: string;
  rail: Rail;
  /** What is shown first. */
  at?: { step: number; path?: string };
  onClose?: () => void;
}

export function FileViewer({ path }: FileViewerProps) {
  return <p className="p-4">{path}</p>;
}

export function ChangesView({ rail }: ChangesViewProps) {
  return <p className="p-4">{rail.changes.length}</p>;
}
