import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import type { ChangedFile, FileDiff, Preview } from "~/api/types";
import { Loading, Note, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { type Tab, Tabs } from "../bodies/Tabs";
import { Version } from "../Version";
import { BESIDE, Beside } from "./Beside";
import { CellChanges } from "./CellChanges";
import { Pictures } from "./Pictures";
import { TextDiff } from "./TextDiff";
import { useWidth } from "./useWidth";

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

function Shown({ task, diff, file }: { task: string; diff: FileDiff; file: ChangedFile }) {
  const { t } = useTranslation();
  const { before, after } = diff;
  const [element, width] = useWidth<HTMLDivElement>();
  const wide = width >= BESIDE;
  const tabs: Tab[] = [];
  const add = (id: "differences" | "both" | "before" | "after", view: ReactNode) =>
    tabs.push({ id, title: t(`files.changes.${id}`), view });
  const differences = before && after && differencesOf(task, before, after, diff);
  if (differences) add("differences", differences);
  const both = before && after && wide && arePages(before, after);
  if (both)
    add(
      "both",
      <Beside
        wide
        sides={[
          { title: t("files.changes.before"), view: <Version task={task} preview={before} /> },
          { title: t("files.changes.after"), view: <Version task={task} preview={after} /> },
        ]}
      />,
    );
  if (before) add("before", <Version task={task} preview={before} />);
  if (after) add("after", <Version task={task} preview={after} />);
  const [only] = tabs;
  // What was left is worth more than what was there before, where there is nothing to compare.
  const first = differences ? "differences" : both ? "both" : (tabs.at(-1)?.id ?? "");
  return (
    <div ref={element} className="flex h-full flex-col">
      {file.from && (
        <p className="border-b px-4 py-1.5 text-sm text-ink-2">
          {t("files.changes.movedFrom")} <Untrusted text={file.from} />
        </p>
      )}
      {diff.change === "delete" && (
        <p className="border-b px-4 py-1.5 text-sm text-ink-2">{t("files.changes.deletedAbout")}</p>
      )}
      {tabs.length > 1 ? (
        // How wide it is, is known only once it is there; what was looked at may be no tab of a narrow one.
        <Tabs key={`${wide}`} label={t("files.views")} tabs={tabs} first={first} />
      ) : (
        (only?.view ?? <Note className="m-4">{t("files.changes.nothingToShow")}</Note>)
      )}
    </div>
  );
}

/** Kinds whose looks matter, and of which a browser shows pages, slides or cells. */
const PAGES: readonly Preview["body"]["type"][] = ["document", "pdf", "slides", "notebook"];

const arePages = (before: Preview, after: Preview) =>
  PAGES.includes(before.body.type) && PAGES.includes(after.body.type);

function differencesOf(task: string, before: Preview, after: Preview, diff: FileDiff): ReactNode {
  if (diff.cells) return <CellChanges diff={diff.cells} />;
  const texts = textsOf(before, after);
  if (texts) return <Texts before={texts[0]} after={texts[1]} cut={isCut(before) || isCut(after)} />;
  if (before.body.type === "image" && after.body.type === "image" && before.hash !== after.hash)
    return <Pictures task={task} before={before} after={after} />;
  return undefined;
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

const isCut = ({ body }: Preview) => "cut" in body && body.cut;

function Texts({ before, after, cut }: { before: string; after: string; cut: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="flex h-full flex-col">
      {cut && (
        <Note level="warning" className="m-4 mb-0">
          {t("files.changes.beginnings")}
        </Note>
      )}
      <div className="min-h-0 flex-1">
        <TextDiff before={before} after={after} />
      </div>
    </div>
  );
}
