import type { ReactNode } from "react";
import { cx } from "./cx";

/** Text exactly as it is, in a box that scrolls (also by keyboard). */
export function Verbatim({
  label,
  className,
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className={cx("overflow-auto rounded-md font-mono text-xs leading-5", className)}
    >
      {children}
    </div>
  );
}
