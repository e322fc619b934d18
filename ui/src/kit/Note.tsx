import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "~/messages";
import { cx } from "./cx";
import { wordsOf } from "./problem";

const levels = {
  info: { icon: Info, look: "bg-info-soft text-info" },
  ok: { icon: CircleCheck, look: "bg-ok-soft text-ok" },
  warning: { icon: TriangleAlert, look: "bg-warn-soft text-warn" },
  error: { icon: CircleAlert, look: "bg-bad-soft text-bad" },
};

export interface NoteProps {
  level?: keyof typeof levels;
  title?: ReactNode;
  children?: ReactNode;
  /** Buttons under it. */
  actions?: ReactNode;
  className?: string;
  /** `alert` is read at once; nothing is right for what was there from the beginning. */
  role?: "alert" | "status";
}

/** A sentence or two that a person should see, where they look. */
export function Note({ level = "info", title, children, actions, className, role }: NoteProps) {
  const { icon: Icon, look } = levels[level];
  return (
    <div role={role} className={cx("flex gap-2.5 rounded-lg px-3.5 py-2.5 text-sm", look, className)}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {title !== undefined && <div className="font-medium">{title}</div>}
        {children !== undefined && <div className="text-ink">{children}</div>}
        {actions !== undefined && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

/** An error of the server in its own words, with its hint. */
export function ProblemNote({
  error,
  actions,
  className,
}: {
  error: unknown;
  actions?: ReactNode;
  className?: string;
}) {
  const { t } = useTranslation();
  const { message, hint } = wordsOf(error, t);
  return (
    <Note level="error" role="alert" title={message} actions={actions} className={className ?? ""}>
      {hint}
    </Note>
  );
}
