import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import { ApiError } from "~/api/request";
import type { UndoRequest } from "~/api/types";
import { Button, Confirm, Dialog, Loading, ProblemNote, toast } from "~/kit";
import { newStore, useStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { later } from "~/shell/later";

const Conflicts = later(() => import("~/files").then((views) => views.Conflicts));

interface Failed {
  error: unknown;
  task: string;
  /** Does it again without these files. */
  rest?: (except: string[]) => void;
}

/** What went wrong last. Kept outside of the rows of the conversation, which come and go. */
const problem = newStore<Failed | undefined>(undefined);

/** Undo and redo of a task's changes. A conflict is not thrown: `UndoProblem` explains it. */
export function useUndo(task: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>, done: string, rest?: Failed["rest"]) => {
    setBusy(true);
    try {
      await work();
      toast({ level: "ok", text: done });
    } catch (error) {
      problem.set({ error, task, ...(rest ? { rest } : {}) });
    } finally {
      setBusy(false);
      // Previews and differences of this task may show what stands no more.
      void client.invalidateQueries({ queryKey: keys.task(task) });
    }
  };
  const undo = (what: UndoRequest, done: string): Promise<void> => {
    const rest = (except: string[]) =>
      void undo({ ...what, except: [...(what.except ?? []), ...except] }, done);
    return run(() => api.tasks.undo(task, what), done, rest);
  };
  return {
    busy,
    /** `done` is said afterwards: undoing an undo is a redo. */
    undo: (what: UndoRequest, done = t("task.rail.undoneStep")) => undo(what, done),
    redo: () => run(() => api.tasks.redo(task), t("task.rail.redone")),
  };
}

/** Asks before everything a task changed is taken back. */
export function ConfirmUndoAll(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onConfirm: () => Promise<void>;
}) {
  const { t } = useTranslation();
  return (
    <Confirm {...props} title={t("task.rail.undoAsk")} action={t("task.rail.undoAction")}>
      {t("task.rail.undoAskAbout")}
    </Confirm>
  );
}

/** Why something was not undone: every file that was changed since, to be looked at; the rest can be undone. */
export function UndoProblem() {
  const { t } = useTranslation();
  const failed = useStore(problem);
  const onClose = () => problem.set(undefined);
  if (failed === undefined) return null;
  const { error, task, rest } = failed;
  const conflict = error instanceof ApiError && error.status === 409;
  const files = conflict ? (error.problem.conflicts ?? []) : [];
  const undoRest = () => {
    onClose();
    rest?.(files.map(({ path }) => path));
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size={files.length > 0 ? "lg" : "sm"}
      title={conflict ? t("task.rail.conflict") : t("task.rail.failed")}
      {...(files.length > 0 ? { about: t("task.rail.conflictAbout") } : {})}
      actions={
        <>
          <Button onClick={onClose}>{t("kit.close")}</Button>
          {rest && files.length > 0 && <Button onClick={undoRest}>{t("task.rail.undoRest")}</Button>}
        </>
      }
    >
      {files.length > 0 ? (
        <Suspense fallback={<Loading />}>
          <Conflicts task={task} conflicts={files} />
        </Suspense>
      ) : (
        <ProblemNote error={error} />
      )}
    </Dialog>
  );
}
