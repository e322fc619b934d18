// What is being typed in the settings and was not saved. It is kept while the window is open, also when another page is
// looked at in between; it is never written anywhere.
import { newStore, useStore } from "~/kit/store";

export type DraftOf = "instructions" | "policy";

export const drafts = newStore<Partial<Record<DraftOf, string>>>({});

const ask = (event: BeforeUnloadEvent) => event.preventDefault();

export function setDraft(part: DraftOf, text: string | undefined): void {
  drafts.set((now) => {
    const { [part]: _, ...rest } = now;
    return text === undefined ? rest : { ...rest, [part]: text };
  });
  // The window asks before it closes while something is not saved.
  const some = Object.keys(drafts.get()).length > 0;
  if (some) window.addEventListener("beforeunload", ask);
  else window.removeEventListener("beforeunload", ask);
}

/** The draft of a part beside what is saved. What is typed back to what is saved is no draft any more. */
export function useDraft(part: DraftOf, saved: string) {
  const draft = useStore(drafts)[part];
  return {
    text: draft ?? saved,
    unsaved: draft !== undefined && draft !== saved,
    set: (text: string) => setDraft(part, text === saved ? undefined : text),
    drop: () => setDraft(part, undefined),
  };
}

/** The parts with something that is not saved. */
export const useDrafts = (): Partial<Record<string, string>> => useStore(drafts);
