// Steps of enlarging, as picture and page viewers have them.

const STEPS = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 6, 8];

/** The next step up or down from any size. */
export function zoomed(now: number, by: 1 | -1): number {
  const next =
    by > 0 ? STEPS.find((step) => step > now + 0.001) : STEPS.findLast((step) => step < now - 0.001);
  return next ?? now;
}

export const percent = (zoom: number) => `${Math.round(zoom * 100)} %`;
