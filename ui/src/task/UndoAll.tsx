import { Redo2, Undo2 } from "lucide-react";
import { useState } from "react";
import type { TaskPage } from "~/api/types";
import { Button } from "~/kit";
import { useTranslation } from "~/messages";
import { ConfirmUndoAll, useUndo } from "./undo";

/** Takes everything back that the task changed, or brings it back again. */
export function UndoAll({ page }: { page: TaskPage }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { undo, redo, busy } = useUndo(page.head.id);
  const stands = page.rail.changes.some((change) => change.stands && change.kind !== "undo");
  if (!stands && !page.rail.can_redo) return null;
  return (
    <>
      {stands && (
        <Button size="sm" icon={<Undo2 aria-hidden />} busy={busy} onClick={() => setAsking(true)}>
          {t("task.end.undo")}
        </Button>
      )}
      {page.rail.can_redo && (
        <Button size="sm" icon={<Redo2 aria-hidden />} busy={busy} onClick={() => void redo()}>
          {t("task.end.redo")}
        </Button>
      )}
      <ConfirmUndoAll open={asking} onOpenChange={setAsking} onConfirm={() => undo({})} />
    </>
  );
}
