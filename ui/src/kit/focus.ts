import { useRef } from "react";

/** What had the focus, so that it can be given back. In a menu that is about to close, that is the menu's button. */
function whatHasFocus(): Element | null {
  const now = document.activeElement;
  const button = now?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return button ? document.getElementById(button) : now;
}

/**
 * Gives the focus back when a dialog closes. Radix gives it to the dialog's own trigger only, and these dialogs have
 * none: the focus would be lost, and with it the place of somebody who uses the keyboard.
 */
export function useFocusBack(elsewhere?: () => void) {
  const before = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: () => {
      before.current = whatHasFocus();
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (elsewhere) elsewhere();
      else if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
      else document.getElementById("main")?.focus({ preventScroll: true });
    },
  };
}
