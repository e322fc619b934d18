import { X } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "~/kit";

export interface ChipProps {
  icon: ReactNode;
  children: ReactNode;
  /** Its name for screen readers on the button that takes it away. */
  removeLabel?: string;
  onRemove?: () => void;
  bad?: boolean;
  quiet?: boolean;
  title?: string;
}

/** Something that belongs to what is being written: a folder, a file. */
export function Chip({ icon, children, removeLabel, onRemove, bad, quiet, title }: ChipProps) {
  return (
    <span
      title={title}
      className={cx(
        "inline-flex h-8 max-w-full items-center gap-1.5 rounded-md border pl-2 text-sm [&_svg]:size-4 [&_svg]:shrink-0",
        bad ? "border-bad/50 bg-bad-soft text-bad" : "bg-sunken",
        quiet && "border-dashed bg-transparent text-ink-2",
        onRemove ? "pr-0.5" : "pr-2",
      )}
    >
      {icon}
      <span className="flex min-w-0 items-center gap-1.5">{children}</span>
      {onRemove && (
        <button
          type="button"
          aria-label={removeLabel}
          title={removeLabel}
          onClick={onRemove}
          className="flex size-6 items-center justify-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink [&_svg]:size-3.5"
        >
          <X aria-hidden />
        </button>
      )}
    </span>
  );
}
