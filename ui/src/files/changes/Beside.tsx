import type { ReactNode } from "react";
import { cx } from "~/kit";

/** Narrower than this, in pixels, two versions do not fit beside each other. */
export const BESIDE = 560;

export interface Side {
  title: string;
  view: ReactNode;
  /** A word about it, beside its title. */
  note?: ReactNode;
}

/** Two versions, beside each other or, where there is no room, below each other. */
export function Beside({ sides, wide }: { sides: readonly Side[]; wide: boolean }) {
  const one = ({ title, view, note }: Side) => (
    <figure key={title} aria-label={title} className="m-0 flex min-h-0 min-w-0 flex-1 flex-col">
      <figcaption className="flex justify-between border-b bg-sunken px-4 py-1 text-xs text-ink-2">
        <span className="font-medium">{title}</span>
        {note && <span className="tabular-nums">{note}</span>}
      </figcaption>
      {view}
    </figure>
  );
  return (
    <div className={cx("flex min-h-0 flex-1", wide ? "divide-x" : "flex-col divide-y")}>{sides.map(one)}</div>
  );
}
