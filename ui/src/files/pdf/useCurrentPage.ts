import { type RefObject, useCallback, useEffect, useState } from "react";

/** The page that fills most of the view, and how to go to another one. */
export function useCurrentPage(
  scroller: RefObject<HTMLElement | null>,
  total: number,
): [number, (page: number) => void] {
  const [page, setPage] = useState(1);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      const middle = element.getBoundingClientRect().top + element.clientHeight / 2;
      const pages = [...element.querySelectorAll<HTMLElement>("[data-page]")];
      const here = pages.findLast((one) => one.getBoundingClientRect().top <= middle);
      setPage(Math.min(total, Number(here?.dataset.page ?? 1)));
    };
    const soon = () => {
      frame ||= requestAnimationFrame(look);
    };
    element.addEventListener("scroll", soon, { passive: true });
    return () => {
      element.removeEventListener("scroll", soon);
      cancelAnimationFrame(frame);
    };
  }, [scroller, total]);
  const goTo = useCallback(
    (wanted: number) =>
      scroller.current?.querySelector(`[data-page="${wanted}"]`)?.scrollIntoView({ block: "start" }),
    [scroller],
  );
  return [page, goTo];
}
