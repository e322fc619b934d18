import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** How near the end counts as "at the end". */
const NEAR = 80;

export interface Stick {
  /** Whether the end is being followed. */
  stuck: boolean;
  onScroll: () => void;
  /** Goes to the end and stays there. */
  stick: () => void;
  /** Stays where it is. */
  release: () => void;
}

/**
 * Keeps a scrolling box at its end while what is in it grows, until the person scrolls up. Only a way up lets go: when
 * something grows the distance to the end grows too, and that is no wish to stay behind.
 */
export function useStickToEnd(
  box: RefObject<HTMLElement | null>,
  inner: RefObject<HTMLElement | null>,
): Stick {
  const [stuck, setStuck] = useState(true);
  const follow = useRef(true);
  const lastTop = useRef(0);
  const set = useCallback((next: boolean) => {
    follow.current = next;
    setStuck(next);
  }, []);

  useEffect(() => {
    const keep = () => {
      const element = box.current;
      if (!element || !follow.current) return;
      element.scrollTop = element.scrollHeight;
      lastTop.current = element.scrollTop;
    };
    // Between layout and paint: nobody sees the moment in between.
    const observer = new ResizeObserver(keep);
    if (box.current) observer.observe(box.current);
    if (inner.current) observer.observe(inner.current);
    return () => observer.disconnect();
  }, [box, inner]);

  const onScroll = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const { scrollHeight, scrollTop, clientHeight } = element;
    const up = scrollTop < lastTop.current;
    lastTop.current = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < NEAR) set(true);
    else if (up) set(false);
  }, [box, set]);

  const stick = useCallback(() => {
    set(true);
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [box, set]);
  const release = useCallback(() => set(false), [set]);
  return { stuck, onScroll, stick, release };
}
