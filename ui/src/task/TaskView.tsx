import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { keys } from "~/api/queries";
import { ApiError } from "~/api/request";
import type { FileRef, TaskPage } from "~/api/types";
import { Dialog, LinkProvider, Loading, ProblemNote } from "~/kit";
import { newStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { later } from "~/shell/later";
import { Page, useTitle } from "~/shell/Page";
import { Conversation } from "./Conversation";
import { type BranchAt, type Opened, TaskContext } from "./context";
import { RailView } from "./rail/RailView";
import { TaskComposer } from "./TaskComposer";
import { TaskHeader } from "./TaskHeader";
import { UndoProblem } from "./undo";
import { useTask, type WatchedTask } from "./useTask";
import { useWide } from "./wide";

const FileViewer = later(() => import("~/files").then((views) => views.FileViewer));
const ChangesView = later(() => import("~/files").then((views) => views.ChangesView));
const BranchDialog = later(() => import("./BranchDialog").then((view) => view.BranchDialog));
const TrustView = later(() => import("~/trust").then((views) => views.TrustView));

/** One task: the conversation, and beside it what it has done so far. */
export function TaskView({ id }: { id: string }) {
  const task = useTask(id);
  if (!task.page) {
    if (task.error) return <Missing error={task.error} />;
    return <Loading />;
  }
  return <Loaded id={id} page={task.page} live={task.live} />;
}

function Missing({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <Page title={gone ? t("task.missing") : t("task.unreadable")}>
      <ProblemNote error={error} />
    </Page>
  );
}

function Loaded({ id, page, live }: { id: string; page: TaskPage; live: WatchedTask["live"] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const wide = useWide("(min-width: 1180px)");
  const [search] = useSearchParams();
  const [, navigate] = useLocation();
  const [opened, setOpened] = useState<Opened>();
  const [railOpen, setRailOpen] = useState(false);
  const [branching, setBranching] = useState<BranchAt>();
  const [passage, setPassage] = useState<{ name: string; text: string }>();
  useTitle(page.head.title);

  // Open questions are on the page too; the badge must not say otherwise.
  const waiting = page.rail.waiting.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the number of open questions changed
  useEffect(() => {
    void client.invalidateQueries({ queryKey: keys.inbox });
  }, [client, waiting]);

  const open = useCallback((what: Opened) => {
    setRailOpen(false);
    setOpened(what);
  }, []);
  const said = useMemo(() => newStore(0), []);
  const context = useMemo(
    () => ({ task: id, live, said, open, branch: setBranching }),
    [id, live, said, open],
  );
  const known = page.rail.outputs;
  const takeLink = useCallback(
    (href: string) => {
      const file = fileOf(href, known);
      if (file) open({ kind: "file", path: file });
      return file !== undefined;
    },
    [known, open],
  );

  const close = () => setOpened(undefined);
  const viewer =
    opened &&
    (opened.kind === "file" ? (
      <FileViewer
        task={id}
        path={opened.path}
        hash={opened.hash}
        onClose={close}
        onAsk={(text) => {
          setPassage({ name: opened.path.split("/").at(-1) ?? opened.path, text });
          if (!wide) close();
        }}
      />
    ) : opened.kind === "changes" ? (
      <ChangesView task={id} rail={page.rail} at={opened.at} onClose={close} />
    ) : (
      <TrustView task={id} seq={page.seq} onClose={close} />
    ));
  const rail = <RailView page={page} />;

  return (
    <LinkProvider taken={takeLink}>
      <TaskContext value={context}>
        <div className="flex h-full">
          <div className="flex min-w-0 flex-1 flex-col">
            <TaskHeader page={page} onRail={wide && !opened ? undefined : () => setRailOpen(true)} />
            <Conversation
              page={page}
              at={Number(search.get("at")) || undefined}
              onArrived={() => navigate(`/tasks/${id}`, { replace: true })}
            />
            <TaskComposer page={page} passage={passage} onPassageUsed={() => setPassage(undefined)} />
          </div>
          {wide && (
            <aside
              aria-label={opened ? t("task.rail.viewer") : t("task.rail.title")}
              className={
                opened
                  ? "w-[min(52%,60rem)] shrink-0 border-l bg-surface"
                  : "w-80 shrink-0 overflow-y-auto border-l"
              }
            >
              {opened ? <Suspense fallback={<Loading />}>{viewer}</Suspense> : rail}
            </aside>
          )}
        </div>
        {!wide && (
          <Dialog
            open={opened !== undefined}
            onOpenChange={close}
            title={t("task.rail.viewer")}
            size="full"
            bare
          >
            <div className="h-[88dvh] min-h-0 sm:h-full">
              <Suspense fallback={<Loading />}>{viewer}</Suspense>
            </div>
          </Dialog>
        )}
        <Dialog open={railOpen} onOpenChange={setRailOpen} title={t("task.rail.title")} place="side">
          <div className="-mx-5">{rail}</div>
        </Dialog>
        {branching && (
          <Suspense>
            <BranchDialog at={branching} task={page.head} onClose={() => setBranching(undefined)} />
          </Suspense>
        )}
        <UndoProblem />
      </TaskContext>
    </LinkProvider>
  );
}

/** The file of the task that a link of an answer leads to: its path as tasks see it, or the name of an output. */
function fileOf(href: string, outputs: readonly FileRef[]): string | undefined {
  let path = href;
  try {
    path = decodeURIComponent(href);
  } catch {
    // Not encoded: as it is.
  }
  const known = outputs.find((file) => file.path === path || file.name === path || file.place === path);
  return known?.path ?? (path.startsWith("/mnt/") ? path : undefined);
}
