// A card that appears under a moving hand must not be answered by a click or key that was meant for something else.
import { type SyntheticEvent, useLayoutEffect, useRef, useState } from "react";

/** How long a card takes no input after it appeared or changed. */
export const SHIELD = 500;

/** Whether input at `now` counts for something that appeared at `since`. */
export const counts = (since: number, now: number) => now - since >= SHIELD;

/**
 * Ignores clicks and keys for half a second after `of` changed, and after the window came to the front. Tab still
 * moves the focus: it answers nothing.
 */
export function useShield(of: string) {
  const since = useRef(performance.now());
  const [up, setUp] = useState(true);

  // Before the change is seen: a click may come with the very next frame.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what `of` stands for is new
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const arm = () => {
      since.current = performance.now();
      setUp(true);
      clearTimeout(timer);
      timer = setTimeout(() => setUp(false), SHIELD);
    };
    arm();
    window.addEventListener("focus", arm);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("focus", arm);
    };
  }, [of]);

  const guard = (event: SyntheticEvent) => {
    if (counts(since.current, performance.now())) return;
    if ("key" in event && event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
  };
  return {
    up,
    guards: {
      onClickCapture: guard,
      onKeyDownCapture: guard,
      onKeyUpCapture: guard,
      onPointerDownCapture: guard,
    },
  };
}
