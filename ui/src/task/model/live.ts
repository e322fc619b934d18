// What is not in the log yet: the answer as it is written, and what a command prints.
import type { Live } from "~/api/types";

export interface LiveState {
  text: string;
  thinking: string;
  /** The tool whose call is being written. */
  tool?: string;
  /** What commands printed, by call. */
  output: Readonly<Record<string, string>>;
  /** How far the call of a connector is that works now. */
  progress?: Extract<Live, { type: "progress" }>;
}

export const SILENT: LiveState = { text: "", thinking: "", output: {} };

/** Only the end of what a command prints is kept. */
const MOST_OUTPUT = 20_000;

export function heard(now: LiveState, live: Live): LiveState {
  switch (live.type) {
    case "text":
      return { ...now, text: now.text + live.text, tool: undefined };
    case "thinking":
      return { ...now, thinking: now.thinking + live.text };
    case "tool":
      return { ...now, tool: live.name };
    case "clear":
      return { ...SILENT, output: now.output };
    case "progress":
      return { ...now, progress: live };
    case "output": {
      const all = (now.output[live.call] ?? "") + live.text;
      return { ...now, output: { ...now.output, [live.call]: all.slice(-MOST_OUTPUT) } };
    }
  }
}

/** Several at once, so that a burst of pieces is drawn once. */
export const heardAll = (now: LiveState, pieces: readonly Live[]): LiveState => pieces.reduce(heard, now);
