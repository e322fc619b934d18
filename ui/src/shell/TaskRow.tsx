import { memo } from "react";
import { Link } from "wouter";
import type { TaskHead } from "~/api/types";
import { ago } from "~/format/numbers";
import { cx, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { StatusMark } from "./StatusMark";
import { TaskMenu } from "./TaskMenu";

/** One line of a list of tasks. */
export const TaskRow = memo(function TaskRow(props: {
  task: TaskHead;
  now: number;
  here: boolean;
  onOpen?: () => void;
}) {
  const { task, now, here, onOpen } = props;
  const { t } = useTranslation();
  const live = task.status === "working" || task.status === "waiting";
  return (
    <li className={cx("group relative flex items-center rounded-md", here ? "bg-hover" : "hover:bg-hover")}>
      <Link
        href={`/tasks/${task.id}`}
        aria-current={here ? "page" : undefined}
        onClick={onOpen}
        className="flex min-w-0 flex-1 items-start gap-2.5 rounded-md py-1.5 pr-2.5 pl-2.5 [@media(hover:none)]:pr-9"
      >
        <StatusMark status={task.status} className="mt-0.5" />
        <span className="min-w-0 flex-1">
          <span className="block truncate text-sm">
            <Untrusted text={task.title} />
          </span>
          {live && task.doing && <span className="block truncate text-xs text-ink-3">{task.doing}</span>}
        </span>
        {!live && (
          <span className="mt-px text-xs text-ink-3 group-focus-within:invisible group-hover:invisible">
            {ago(task.updated_at, now, t)}
          </span>
        )}
      </Link>
      <TaskMenu
        task={task}
        className="absolute right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 [@media(hover:none)]:opacity-100"
      />
    </li>
  );
});
