// Keys that work everywhere.
import { useEffect } from "react";

const mac = /mac/i.test(navigator.userAgent);

/** What the key is called here. */
export const modifier = mac ? "⌘" : "Ctrl";

/** Calls `run` on Ctrl-KEY (Cmd-KEY on a Mac), and `soon` when the first of the two is pressed. */
export function useHotkey(key: string, run: () => void, soon: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === (mac ? "Meta" : "Control")) soon();
      if (event.key.toLowerCase() !== key || !(mac ? event.metaKey : event.ctrlKey)) return;
      if (event.shiftKey || event.altKey) return;
      event.preventDefault();
      run();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [key, run, soon]);
}
