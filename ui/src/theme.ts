// Light or dark: by the system, unless the person chose. The server keeps the choice and sends the page in its colours,
// so nothing is drawn in others first; what is kept in a browser would be lost with the port.
import type { Theme } from "~/api/types";

/** What the page shows. */
export function shownTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function showTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
