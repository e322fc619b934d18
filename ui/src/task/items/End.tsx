import { useMutation } from "@tanstack/react-query";
import { FileDiff, GitBranch, RefreshCw, RotateCcw } from "lucide-react";
import { api } from "~/api/endpoints";
import type { BodyOf, Item, TaskPage } from "~/api/types";
import { Button, Markdown, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { StatusMark } from "~/shell/StatusMark";
import { useTaskContext } from "../context";
import { branchPoints } from "../model/branch";
import { UndoAll } from "../UndoAll";

export interface EndProps {
  item: Item;
  body: BodyOf<"end">;
  page: TaskPage;
  latest: boolean;
}

/** The task ended: how, and what can be done about it. */
export function End({ item, body, page, latest }: EndProps) {
  const { t } = useTranslation();
  const { task, open, branch } = useTaskContext();
  const resume = useMutation({ mutationFn: () => api.tasks.resume(task) });
  const { changed } = page.head;
  const how = ENDS.find((one) => one === body.status) ?? "done";
  return (
    <div role="group" aria-label={t(`task.end.${how}`)} className="border-t pt-4">
      <p className="flex items-center gap-2 text-sm">
        <StatusMark status={body.status} />
        <span className="font-medium">{t(`task.end.${how}`)}</span>
        {latest && changed > 0 && (
          <span className="text-ink-3">· {t("task.end.changed", { count: changed })}</span>
        )}
      </p>
      {body.summary !== "" && (
        <div className="mt-2">
          <Markdown text={body.summary} />
        </div>
      )}
      {latest && (
        <div className="mt-3 flex flex-wrap gap-2">
          {page.rail.changes.length > 0 && (
            <Button size="sm" icon={<FileDiff aria-hidden />} onClick={() => open({ kind: "changes" })}>
              {t("task.end.seeChanges")}
            </Button>
          )}
          <UndoAll page={page} />
          {how !== "done" && (
            <Button
              size="sm"
              icon={<RotateCcw aria-hidden />}
              busy={resume.isPending}
              onClick={() => resume.mutate()}
            >
              {t("task.end.resume")}
            </Button>
          )}
          {/* The same model may fail the same way again. */}
          {how === "failed" && (
            <Button
              size="sm"
              icon={<RefreshCw aria-hidden />}
              onClick={() => branch({ kind: "retry", before: branchPoints(page.items, item).again })}
            >
              {t("task.message.retry")}
            </Button>
          )}
          <Button
            look="quiet"
            size="sm"
            icon={<GitBranch aria-hidden />}
            onClick={() => branch({ kind: "branch", before: item.seq + 1 })}
          >
            {t("task.message.branch")}
          </Button>
        </div>
      )}
      {resume.isError && <ProblemNote error={resume.error} className="mt-3" />}
    </div>
  );
}

const ENDS = ["done", "failed", "budget", "refused", "stopped"] as const;
