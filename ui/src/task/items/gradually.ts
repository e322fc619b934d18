import { useEffect, useState } from "react";

/** How many of `total` parts are drawn by now: `step` more each time, so that the page hears a click in between. */
export function useGradually(total: number, step: number): number {
  const [drawn, setDrawn] = useState(0);
  const shown = Math.min(total, drawn + step);
  useEffect(() => {
    if (shown === drawn) return;
    // Not at once: whatever the person did meanwhile comes first.
    const timer = setTimeout(() => setDrawn(shown));
    return () => clearTimeout(timer);
  }, [shown, drawn]);
  return shown;
}
