import { type ReactNode, useId } from "react";

/** A part of the rail. */
export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-b px-5 py-4 last:border-b-0">
      <div className="mb-2 flex items-baseline justify-between gap-2">
        <h2 id={id} className="text-sm font-semibold">
          {title}
        </h2>
        {note !== undefined && <span className="text-xs text-ink-3 tabular-nums">{note}</span>}
      </div>
      {children}
    </section>
  );
}

export const Quiet = ({ children }: { children: ReactNode }) => (
  <p className="text-sm text-ink-3">{children}</p>
);
