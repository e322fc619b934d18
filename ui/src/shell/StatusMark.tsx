import {
  CircleAlert,
  CircleCheck,
  CirclePause,
  CircleSlash,
  LoaderCircle,
  MessageCircleQuestion,
} from "lucide-react";
import type { Status } from "~/api/types";
import { cx } from "~/kit";
import { useTranslation } from "~/messages";

const marks = {
  working: { icon: LoaderCircle, look: "text-accent animate-turn" },
  paused: { icon: CirclePause, look: "text-ink-3" },
  waiting: { icon: MessageCircleQuestion, look: "text-warn" },
  done: { icon: CircleCheck, look: "text-ok" },
  failed: { icon: CircleAlert, look: "text-bad" },
  budget: { icon: CircleSlash, look: "text-warn" },
  refused: { icon: CircleSlash, look: "text-bad" },
  stopped: { icon: CircleSlash, look: "text-ink-3" },
} satisfies Record<Status, unknown>;

/** Where a task stands, as a picture with a name. */
export function StatusMark({ status, className }: { status: Status; className?: string }) {
  const { t } = useTranslation();
  const { icon: Icon, look } = marks[status];
  return (
    <Icon
      role="img"
      aria-label={t(`shell.status.${status}`)}
      className={cx("size-4 shrink-0", look, className)}
    />
  );
}
