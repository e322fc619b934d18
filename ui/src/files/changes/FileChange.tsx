import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { ChangedFile, FileDiff, Preview } from "~/api/types";
import { Loading, Note, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { PreviewBody } from "../PreviewBody";
import { Tabs } from "../Tabs";
import { CellChanges } from "./CellChanges";
import { TextDiff } from "./TextDiff";

/** What one step did to one file. */
export function FileChange({ task, step, file }: { task: string; step: number; file: ChangedFile }) {
  const diff = useQuery({
    queryKey: [...keys.task(task), "diff", step, file.path],
    queryFn: () => api.tasks.diff(task, step, file.path),
    // What a step did never changes.
    staleTime: Infinity,
    enabled: file.change !== "mode",
  });
  const { t } = useTranslation();
  if (file.change === "mode") return <Note className="m-4">{t("files.changes.mode")}</Note>;
  if (diff.isPending) return <Loading />;
  if (diff.isError) return <ProblemNote error={diff.error} className="m-4" />;
  return <Shown task={task} diff={diff.data} file={file} />;
}

type View = "differences" | "before" | "after";

function Shown({ task, diff, file }: { task: string; diff: FileDiff; file: ChangedFile }) {
  const { t } = useTranslation();
  const { before, after } = diff;
  const texts = before && after ? textsOf(before, after) : undefined;
  const views: View[] = [];
  if (texts || diff.cells) views.push("differences");
  if (before) views.push("before");
  if (after) views.push("after");
  const [chosen, setChosen] = useState<View>();
  const view =
    chosen && views.includes(chosen)
      ? chosen
      : views.includes("differences")
        ? "differences"
        : (views.at(-1) ?? "after");
  return (
    <div className="flex h-full flex-col">
      {file.from && (
        <p className="border-b px-4 py-1.5 text-sm text-ink-2">
          {t("files.changes.movedFrom")} <Untrusted text={file.from} />
        </p>
      )}
      {diff.change === "delete" && (
        <p className="border-b px-4 py-1.5 text-sm text-ink-2">{t("files.changes.deletedAbout")}</p>
      )}
      {views.length > 1 && (
        <Tabs
          label={t("files.view")}
          value={view}
          onChange={setChosen}
          options={views.map((value) => ({ value, title: t(`files.changes.${value}`) }))}
        />
      )}
      <div className="min-h-0 flex-1">
        {view === "differences" && diff.cells && <CellChanges diff={diff.cells} />}
        {view === "differences" && !diff.cells && texts && (
          <div className="flex h-full flex-col">
            {[before, after].some(isCut) && (
              <Note level="warning" className="m-4 mb-0">
                {t("files.changes.beginnings")}
              </Note>
            )}
            <div className="min-h-0 flex-1">
              <TextDiff before={texts[0]} after={texts[1]} />
            </div>
          </div>
        )}
        {view === "before" && before && <PreviewBody task={task} preview={before} hash={before.hash} />}
        {view === "after" && after && <PreviewBody task={task} preview={after} hash={after.hash} />}
        {views.length === 0 && <Note className="m-4">{t("files.changes.nothingToShow")}</Note>}
      </div>
    </div>
  );
}

/** Both versions as text, where both have one. */
function textsOf(before: Preview, after: Preview): [string, string] | undefined {
  const text = ({ body }: Preview) =>
    body.type === "text" || body.type === "markdown" || body.type === "html" || body.type === "document"
      ? body.text
      : undefined;
  const [old, fresh] = [text(before), text(after)];
  return old === undefined || fresh === undefined ? undefined : [old, fresh];
}

const isCut = (preview: Preview | null | undefined) =>
  preview !== null && preview !== undefined && "cut" in preview.body && preview.body.cut;
