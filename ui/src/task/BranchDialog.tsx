import { useState } from "react";
import { useAppState } from "~/api/queries";
import type { TaskHead } from "~/api/types";
import { Button, Dialog, ProblemNote, Radios, TextArea } from "~/kit";
import { useTranslation } from "~/messages";
import { useBranch } from "./branch";
import type { BranchAt } from "./context";

export interface BranchDialogProps {
  at: BranchAt;
  task: TaskHead;
  onClose: () => void;
}

/** Another model, or other words, for a new task from a point of this one. */
export function BranchDialog({ at, task, onClose }: BranchDialogProps) {
  const { kind, before } = at;
  const { t } = useTranslation();
  const models = useAppState().data?.models ?? [];
  const [said, setSaid] = useState(at.text ?? "");
  // The built-in recipes are no other mind to ask.
  const others = models.filter(({ id }) => id !== task.model);
  const other = others.find(({ id }) => !id.startsWith("recipes/")) ?? others[0];
  // The list may come later than this is opened.
  const [picked, setModel] = useState<string>();
  const model = picked ?? other?.id ?? task.model;
  const branch = useBranch(task.id);
  const start = () => branch.mutate(kind === "retry" ? { before, model } : { before, text: said.trim() });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(`task.message.${kind}Title`)}
      about={t(`task.message.${kind}About`)}
      actions={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button
            look="primary"
            busy={branch.isPending}
            disabled={kind !== "retry" && said.trim() === ""}
            onClick={start}
          >
            {t("task.message.editStart")}
          </Button>
        </>
      }
    >
      {kind !== "retry" ? (
        <TextArea
          label={t("task.message.editLabel")}
          rows={6}
          autoFocus
          value={said}
          onChange={(event) => setSaid(event.target.value)}
        />
      ) : (
        <Radios
          label={t("task.message.retryLabel")}
          value={model}
          onChange={setModel}
          options={models.map(({ id, title, detail }) => ({ value: id, title, detail }))}
        />
      )}
      {branch.isError && <ProblemNote error={branch.error} className="mt-3" />}
    </Dialog>
  );
}
