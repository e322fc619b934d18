import { useQuery } from "@tanstack/react-query";
import { FileX } from "lucide-react";
import { Suspense, useCallback, useMemo, useState } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import { ApiError } from "~/api/request";
import type { Rail, TaskPage } from "~/api/types";
import { Button, Empty, Loading, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { AskBar } from "./ask/AskBar";
import { type Chosen, passageOf } from "./ask/passage";
import { Body } from "./Body";
import { ViewingContext } from "./context";
import { FileHeader } from "./FileHeader";
import { Notes } from "./Notes";
import { usePreview } from "./read";
import { touchedAt, type Version, versionsOf } from "./versions";

export interface FileViewerProps {
  task: string;
  path: string;
  hash?: string | null;
  onClose?: () => void;
  /** The person chose a passage and wants it changed: the passage goes into the composer. */
  onAsk?: (passage: string) => void;
}

/** A file of a task, as a person sees it. */
export function FileViewer(props: FileViewerProps) {
  // Another file begins anew: version, place and selection are those of one file.
  return <Viewer key={`${props.task} ${props.path} ${props.hash ?? ""}`} {...props} />;
}

function Viewer({ task, path, hash, onClose, onAsk }: FileViewerProps) {
  const { t } = useTranslation();
  const page = useQuery<TaskPage>({ queryKey: keys.task(task), queryFn: () => api.tasks.page(task) });
  const rail = page.data?.rail;
  const changes = rail?.changes ?? NONE;
  const versions = useMemo(() => versionsOf(changes, path, hash), [changes, path, hash]);
  const [wanted, setWanted] = useState<string | undefined>(hash ?? undefined);
  const [chosen, setChosen] = useState<Chosen>();
  const stamp = wanted ?? `now-${touchedAt(changes, path)}`;
  const viewing = useMemo(
    () => ({ task, path, stamp, choose: setChosen, ...(wanted === undefined ? {} : { hash: wanted }) }),
    [task, path, stamp, wanted],
  );
  const preview = usePreview(viewing);
  const show = useCallback((version: Version) => {
    setWanted(version.hash);
    setChosen(undefined);
  }, []);
  const ask = onAsk && (() => onAsk(passageOf(path, chosen)));

  return (
    <ViewingContext value={viewing}>
      <section aria-label={t("files.viewer", { path })} className="flex h-full min-h-0 flex-col bg-surface">
        <FileHeader
          preview={preview.data}
          rail={rail}
          versions={versions}
          onVersion={show}
          onAsk={ask}
          onClose={onClose}
        />
        {preview.isPending && <Loading />}
        {preview.isError && <Unreadable error={preview.error} versions={versions} onVersion={show} />}
        {preview.data && (
          <>
            <Notes notes={preview.data.notes} />
            <div className="flex min-h-0 flex-1 flex-col">
              <Suspense fallback={<Loading />}>
                <Body key={preview.data.hash} preview={preview.data} />
              </Suspense>
            </div>
          </>
        )}
        {ask && chosen && <AskBar chosen={chosen} onAsk={ask} onDismiss={() => setChosen(undefined)} />}
      </section>
    </ViewingContext>
  );
}

const NONE: Rail["changes"] = [];

function Unreadable(props: {
  error: unknown;
  versions: readonly Version[];
  onVersion: (version: Version) => void;
}) {
  const { t } = useTranslation();
  const { error } = props;
  const gone = error instanceof ApiError && error.status === 404;
  if (!gone) return <ProblemNote error={error} className="m-4" />;
  const kept = props.versions.find(({ kind }) => kind !== "now");
  return (
    <Empty icon={<FileX aria-hidden />} title={t("files.gone.title")}>
      <p>{error.problem.message || t("files.gone.about")}</p>
      {kept && (
        <Button size="sm" className="mt-2" onClick={() => props.onVersion(kept)}>
          {t("files.gone.kept")}
        </Button>
      )}
    </Empty>
  );
}
