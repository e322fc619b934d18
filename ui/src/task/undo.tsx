import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import { ApiError } from "~/api/request";
import type { UndoRequest } from "~/api/types";
import { Button, Confirm, Dialog, ProblemNote, toast } from "~/kit";
import { newStore, useStore } from "~/kit/store";
import { useTranslation } from "~/messages";

/** What went wrong last. Kept outside of the rows of the conversation, which come and go. */
const problem = newStore<unknown>(undefined);

/** Undo and redo of a task's changes. A conflict is not thrown: `UndoProblem` explains it. */
export function useUndo(task: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await work();
      toast({ level: "ok", text: done });
    } catch (error) {
      problem.set(error);
    } finally {
      setBusy(false);
      // Previews and differences of this task may show what stands no more.
      void client.invalidateQueries({ queryKey: keys.task(task) });
    }
  };
  return {
    busy,
    undo: (what: UndoRequest) => run(() => api.tasks.undo(task, what), t("task.rail.undoneStep")),
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

/** Why something was not undone: the files that were changed since, in the server's words. */
export function UndoProblem() {
  const { t } = useTranslation();
  const error = useStore(problem);
  const onClose = () => problem.set(undefined);
  if (error === undefined) return null;
  const conflict = error instanceof ApiError && error.status === 409;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title={conflict ? t("task.rail.conflict") : t("task.rail.failed")}
      actions={<Button onClick={onClose}>{t("kit.close")}</Button>}
    >
      <ProblemNote error={error} />
    </Dialog>
  );
}
