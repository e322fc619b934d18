import { Boxes, Cpu, GitBranch, PanelRight } from "lucide-react";
import { Link } from "wouter";
import { useAppState } from "~/api/queries";
import type { TaskPage } from "~/api/types";
import { IconButton, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { StatusMark } from "~/shell/StatusMark";
import { TaskMenu } from "~/shell/TaskMenu";

/** The task's title, where it stands, and with what it works. */
export function TaskHeader({ page, onRail }: { page: TaskPage; onRail?: () => void }) {
  const { t } = useTranslation();
  const { head, rail } = page;
  const models = useAppState().data?.models;
  const title = models?.find(({ id }) => id === head.model)?.title ?? head.model;
  // Whatever a recipe is called, nobody shall take it for an AI model.
  const silent = head.model.startsWith("recipes/") && !title.includes(t("task.noModel"));
  const model = silent ? `${title} · ${t("task.noModel")}` : title;
  const tier = rail.context.ran.length === 0 ? "none" : rail.context.tier === "os" ? "os" : "vm";
  return (
    <header className="flex items-start gap-2 border-b px-4 py-2.5 sm:px-6">
      <div className="min-w-0 flex-1">
        <h1 className="line-clamp-1 text-base font-semibold [overflow-wrap:anywhere]">
          <Untrusted text={head.title} />
        </h1>
        <div className="mt-0.5 flex flex-wrap items-center gap-x-4 gap-y-0.5 text-xs text-ink-3 [&_svg]:size-3.5">
          <span className="flex items-center gap-1.5 text-ink-2" role="status">
            <StatusMark status={head.status} />
            <span aria-hidden>{t(`shell.status.${head.status}`)}</span>
            {head.status === "working" && head.doing && (
              <span className="max-w-64 truncate text-ink-3 max-sm:hidden">{head.doing}</span>
            )}
          </span>
          <span className="flex min-w-0 items-center gap-1.5">
            <Cpu aria-hidden />
            <span className="truncate">{model}</span>
          </span>
          {tier !== "none" && (
            <span className="flex items-center gap-1.5 max-sm:hidden">
              <Boxes aria-hidden />
              {t(`task.where.${tier}`)}
            </span>
          )}
          {head.branched_from && (
            <Link
              href={`/tasks/${head.branched_from}`}
              className="flex items-center gap-1.5 underline underline-offset-2"
            >
              <GitBranch aria-hidden />
              {t("task.branchedFrom")}
            </Link>
          )}
        </div>
      </div>
      <TaskMenu task={head} />
      {onRail && (
        <IconButton label={t("task.openRail")} size="sm" onClick={onRail}>
          <PanelRight aria-hidden />
        </IconButton>
      )}
    </header>
  );
}
