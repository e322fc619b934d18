import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "./cx";

const looks = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "bg-surface text-ink border border-line-strong/60 hover:bg-hover",
  quiet: "text-ink-2 hover:bg-hover hover:text-ink",
  danger: "bg-surface text-bad border border-bad/50 hover:bg-bad-soft",
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof looks;
  size?: "md" | "sm";
  icon?: ReactNode;
  /** Shows that it works on it, and takes no second click. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = "secondary",
  size = "md",
  icon,
  busy,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      disabled={rest.disabled || busy}
      className={cx(
        "inline-flex shrink-0 items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors select-none disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
        size === "md" ? "h-9 px-3.5 text-sm" : "h-8 px-2.5 text-sm",
        looks[look],
        className,
      )}
    >
      {busy ? <LoaderCircle className="animate-turn" aria-hidden /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "icon" | "children"> {
  /** Its name for screen readers, and the tooltip. */
  label: string;
  children: ReactNode;
}

/** A button that shows only a picture; its name is always there for screen readers and on hover. */
export function IconButton({
  label,
  look = "quiet",
  size = "md",
  className,
  busy,
  children,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...rest}
      aria-busy={busy || undefined}
      disabled={rest.disabled || busy}
      className={cx(
        "inline-flex shrink-0 items-center justify-center rounded-md transition-colors disabled:opacity-55 [&_svg]:size-4",
        size === "md" ? "size-9" : "size-7",
        looks[look],
        className,
      )}
    >
      {busy ? <LoaderCircle className="animate-turn" aria-hidden /> : children}
    </button>
  );
}
