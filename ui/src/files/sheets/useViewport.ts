import { type RefObject, useEffect, useState } from "react";

export interface Viewport {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** What of an element that scrolls is seen. */
export function useViewport(element: RefObject<HTMLElement | null>): Viewport {
  const [seen, setSeen] = useState<Viewport>({ top: 0, left: 0, height: 0, width: 0 });
  useEffect(() => {
    const scroller = element.current;
    if (!scroller) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      const { scrollTop: top, scrollLeft: left, clientHeight: height, clientWidth: width } = scroller;
      setSeen((now) =>
        now.top === top && now.left === left && now.height === height && now.width === width
          ? now
          : { top, left, height, width },
      );
    };
    const soon = () => {
      frame ||= requestAnimationFrame(look);
    };
    const sizes = new ResizeObserver(soon);
    sizes.observe(scroller);
    scroller.addEventListener("scroll", soon, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      scroller.removeEventListener("scroll", soon);
      cancelAnimationFrame(frame);
    };
  }, [element]);
  return seen;
}
