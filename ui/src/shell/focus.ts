import { useEffect } from "react";

/**
 * What had the focus may go away: a card that was answered, a button whose step was undone. The browser then gives the
 * focus to nothing, and somebody who uses the keyboard is back at the top of the page. It goes to the view instead.
 */
export function useFocusStays(): void {
  useEffect(() => {
    let last: Element | null = null;
    const take = (event: FocusEvent) => {
      last = event.target instanceof Element ? event.target : null;
    };
    const leave = (event: FocusEvent) => {
      // A click into nothing takes the focus away on purpose.
      if (event.relatedTarget === null && last?.isConnected && !last.matches(":disabled")) last = null;
    };
    const look = () => {
      if (!last || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      document.getElementById("main")?.focus({ preventScroll: true });
    };
    const seen = new MutationObserver(look);
    seen.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", take);
    document.addEventListener("focusout", leave);
    return () => {
      seen.disconnect();
      document.removeEventListener("focusin", take);
      document.removeEventListener("focusout", leave);
    };
  }, []);
}
