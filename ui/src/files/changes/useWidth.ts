import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** How wide an element is: a panel decides by its own width, not by that of the window. */
export function useWidth<T extends HTMLElement>(): [RefObject<T | null>, number] {
  const element = useRef<T>(null);
  const [width, setWidth] = useState(0);
  // Before it is painted, so that nothing jumps.
  useLayoutEffect(() => {
    const watched = element.current;
    if (!watched) return;
    const sizes = new ResizeObserver(() => setWidth(watched.clientWidth));
    sizes.observe(watched);
    setWidth(watched.clientWidth);
    return () => sizes.disconnect();
  }, []);
  return [element, width];
}
