import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import type { Branch, TaskHead } from "~/api/types";
import { Button, Dialog, ProblemNote, Radios, TextArea, toastProblem } from "~/kit";
import { useTranslation } from "~/messages";

/** Starts a new task from a point of this one and goes there. */
export function useBranch(task: string) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: (branch: Branch) => api.tasks.branch(task, branch),
    onSuccess: ({ id }) => navigate(`/tasks/${id}`),
    onError: (error) => toastProblem(error, t),
  });
}

/** Other words, another model, or more to say. */
export type BranchKind = "edit" | "retry" | "branch";

export interface BranchDialogProps {
  kind: BranchKind;
  task: TaskHead;
  before: number;
  /** What stands in the box at first. */
  text: string;
  onClose: () => void;
}

/** Another model, or other words, for a new task from a point of this one. */
export function BranchDialog({ kind, task, before, text, onClose }: BranchDialogProps) {
  const { t } = useTranslation();
  const models = useAppState().data?.models ?? [];
  const [said, setSaid] = useState(text);
  const [model, setModel] = useState(() => models.find(({ id }) => id !== task.model)?.id ?? task.model);
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
