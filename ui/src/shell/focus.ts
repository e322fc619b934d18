import { useEffect } from "react";

const CONTROL = "button:not(:disabled), a[href]";

/**
 * What had the focus may go away: a card that was answered, a button whose step was undone. The browser then gives the
 * focus to nothing, and somebody who uses the keyboard is back at the top of the page. It goes to the next best place
 * instead: back to the same control if it was only switched off for a while, else into the same row, else to the view.
 */
export function useFocusStays(): void {
  useEffect(() => {
    let last: Element | null = null;
    // Noted while the control is in it: what is gone has no row.
    let row: Element | null = null;
    const take = (event: FocusEvent) => {
      last = event.target instanceof Element ? event.target : null;
      row = last?.closest("li") ?? null;
    };
    const leave = (event: FocusEvent) => {
      if (event.relatedTarget !== null) return;
      const left = last;
      // A control that is taken away still stands while it loses the focus; one that stands afterwards was left on purpose.
      queueMicrotask(() => {
        if (left === last && left?.isConnected && !left.matches(":disabled")) last = null;
      });
    };
    const look = () => {
      const waits = last?.isConnected && last.matches(":disabled");
      if (!last || waits || document.activeElement !== document.body) return;
      const near = row?.isConnected ? row.querySelector(CONTROL) : null;
      const next = [last, near, document.getElementById("main")].find((one) => one?.isConnected);
      last = null;
      if (next instanceof HTMLElement) next.focus({ preventScroll: true });
    };
    const seen = new MutationObserver(look);
    seen.observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled"] });
    document.addEventListener("focusin", take);
    document.addEventListener("focusout", leave);
    return () => {
      seen.disconnect();
      document.removeEventListener("focusin", take);
      document.removeEventListener("focusout", leave);
    };
  }, []);
}
