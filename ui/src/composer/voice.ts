// Whose words a text is: what was typed here is the person's voice, what was pasted or dropped is not, also when it was
// edited afterwards. Kept for as long as the page is open, as the drafts are.
import type { Stretch } from "~/api/types";

/** Shorter pieces count as typed (`injection.md` 4.1). */
const SHORT = 200;
/** So many characters in a row, as they were pasted, are pasted ones. */
const RUN = 24;
/** Most of what is remembered. */
const MOST_RUNS = 200_000;

const runs = new Set<string>();

/** Remembers a text that was pasted, dropped or put in from elsewhere. */
export function notePasted(text: string): void {
  const signs = [...text];
  if (signs.length <= SHORT) return;
  for (let at = 0; at + RUN <= signs.length && runs.size < MOST_RUNS; at++) {
    runs.add(signs.slice(at, at + RUN).join(""));
  }
}

/** How a text was entered, in order. */
export function voiceOf(text: string): Stretch[] {
  const signs = [...text];
  // Nothing more can be remembered: then nothing is claimed.
  if (runs.size >= MOST_RUNS) return [];
  const pasted = new Array<boolean>(signs.length).fill(false);
  if (runs.size > 0) {
    for (let at = 0; at + RUN <= signs.length; at++) {
      if (runs.has(signs.slice(at, at + RUN).join(""))) pasted.fill(true, at, at + RUN);
    }
  }
  const stretches: Stretch[] = [];
  for (const one of pasted) {
    const how = one ? "pasted" : "typed";
    const last = stretches.at(-1);
    if (last?.how === how) last.chars += 1;
    else stretches.push({ how, chars: 1 });
  }
  return stretches;
}

/** Forgets everything; for tests. */
export const forgetPasted = () => runs.clear();
