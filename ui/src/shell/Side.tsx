import { Archive, Inbox, Plus, Search, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useInbox, useTasks } from "~/api/queries";
import { cx } from "~/kit";
import { useTranslation } from "~/messages";
import { grouped } from "./groups";
import { modifier } from "./keys";
import type { onIntent } from "./later";
import { TaskRow } from "./TaskRow";
import { useNow } from "./visible";

export interface SideProps {
  onSearch: () => void;
  /** What the button for it does when somebody is about to press it. */
  meansSearch: ReturnType<typeof onIntent>;
  onGo?: () => void;
}

/** The left side: where everything begins, and every task. */
export function Side({ onSearch, meansSearch, onGo }: SideProps) {
  const { t } = useTranslation();
  const tasks = useTasks();
  const waiting = useInbox().data?.length ?? 0;
  const now = useNow();
  const [path] = useLocation();
  const groups = grouped(tasks.data ?? []);
  return (
    <nav aria-label={t("shell.side")} className="flex h-full min-h-0 flex-col bg-sunken">
      <div className="flex flex-col gap-0.5 p-3 pb-1">
        <Link
          href="/"
          onClick={onGo}
          className="mb-2 flex items-center gap-2 rounded-md px-2.5 py-1.5 font-semibold"
        >
          <img src="/icon.svg" alt="" className="size-6" />
          {t("shell.appName")}
        </Link>
        <Entry href="/" here={path === "/"} icon={<Plus aria-hidden />} onGo={onGo} strong>
          {t("shell.newTask")}
        </Entry>
        <button
          type="button"
          onClick={onSearch}
          {...meansSearch}
          className="flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm text-ink-2 hover:bg-hover hover:text-ink [&_svg]:size-4"
        >
          <Search aria-hidden />
          <span className="flex-1 text-left">{t("shell.search")}</span>
          <kbd className="font-sans text-xs text-ink-3 max-lg:hidden">
            {t("shell.searchKey", { key: modifier })}
          </kbd>
        </button>
        <Entry href="/inbox" here={path === "/inbox"} icon={<Inbox aria-hidden />} onGo={onGo}>
          <span className="flex-1">{t("shell.inbox")}</span>
          {waiting > 0 && (
            <>
              <span
                className="rounded-full bg-warn px-1.5 text-xs font-semibold text-surface tabular-nums"
                aria-hidden
              >
                {waiting}
              </span>
              <span className="sr-only">{t("shell.inboxCount", { count: waiting })}</span>
            </>
          )}
        </Entry>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 py-2">
        {tasks.isSuccess && groups.length === 0 && (
          <p className="px-2.5 py-2 text-sm text-ink-3">{t("shell.noTasks")}</p>
        )}
        {groups.map(({ group, tasks: list }) => (
          <div key={group} role="group" aria-labelledby={`group-${group}`} className="mb-3">
            <h2 id={`group-${group}`} className="px-2.5 py-1 text-xs font-medium text-ink-3">
              {t(`shell.group.${group}`)}
            </h2>
            <ul>
              {list.map((task) => (
                <TaskRow
                  key={task.id}
                  task={task}
                  now={now}
                  here={path === `/tasks/${task.id}`}
                  onOpen={onGo}
                />
              ))}
            </ul>
          </div>
        ))}
      </div>
      <div className="flex flex-col gap-0.5 border-t p-3">
        <Entry href="/archive" here={path === "/archive"} icon={<Archive aria-hidden />} onGo={onGo}>
          {t("shell.archived")}
        </Entry>
        <Entry
          href="/settings"
          here={path.startsWith("/settings")}
          icon={<Settings aria-hidden />}
          onGo={onGo}
        >
          {t("shell.settings")}
        </Entry>
      </div>
    </nav>
  );
}

function Entry(props: {
  href: string;
  here: boolean;
  icon: ReactNode;
  onGo: (() => void) | undefined;
  strong?: boolean;
  children: ReactNode;
}) {
  return (
    <Link
      href={props.href}
      onClick={props.onGo}
      aria-current={props.here ? "page" : undefined}
      className={cx(
        "flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm hover:bg-hover hover:text-ink [&_svg]:size-4",
        props.here ? "bg-hover text-ink" : "text-ink-2",
        props.strong && "font-medium text-ink [&_svg]:text-accent",
      )}
    >
      {props.icon}
      {props.children}
    </Link>
  );
}
