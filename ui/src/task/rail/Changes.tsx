import { Redo2, Undo2 } from "lucide-react";
import { useState } from "react";
import type { ChangedFile, ChangeStep, TaskPage } from "~/api/types";
import { Button, cx, IconButton, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useTaskContext } from "../context";
import { ConfirmUndoAll, useUndo } from "../undo";
import { Quiet, Section } from "./Section";

/** Every step that changed files, the latest first; each can be undone. */
export function Changes({ page }: { page: TaskPage }) {
  const { t } = useTranslation();
  const { task, open } = useTaskContext();
  const [asking, setAsking] = useState(false);
  const { undo, redo, busy } = useUndo(task);
  const { changes, can_redo } = page.rail;
  const stands = changes.some((step) => step.stands && step.kind !== "undo");
  const shown = changes.filter(({ kind, files }) => kind === "change" && files.length > 0).toReversed();
  return (
    <Section title={t("task.rail.changes")} note={page.head.changed > 0 ? page.head.changed : undefined}>
      {shown.length === 0 && <Quiet>{t("task.rail.noChanges")}</Quiet>}
      <ol className="flex flex-col gap-1">
        {shown.slice(0, MOST).map((step) => (
          <li key={step.step}>
            <StepOfChanges step={step} busy={busy} onUndo={() => void undo({ step: step.step })} />
          </li>
        ))}
      </ol>
      {(shown.length > 0 || can_redo) && (
        <div className="-ml-2 mt-2 flex flex-wrap gap-x-1">
          {shown.length > 0 && (
            <Button look="quiet" size="sm" onClick={() => open({ kind: "changes" })}>
              {t("task.rail.seeAll")}
            </Button>
          )}
          {stands && (
            <Button
              look="quiet"
              size="sm"
              icon={<Undo2 aria-hidden />}
              busy={busy}
              onClick={() => setAsking(true)}
            >
              {t("task.rail.undoAll")}
            </Button>
          )}
          {can_redo && (
            <Button
              look="quiet"
              size="sm"
              icon={<Redo2 aria-hidden />}
              busy={busy}
              onClick={() => void redo()}
            >
              {t("task.rail.redo")}
            </Button>
          )}
        </div>
      )}
      <ConfirmUndoAll open={asking} onOpenChange={setAsking} onConfirm={() => undo({})} />
    </Section>
  );
}

/** More are in the view of all changes. */
const MOST = 6;
const MOST_FILES = 5;

function StepOfChanges({ step, busy, onUndo }: { step: ChangeStep; busy: boolean; onUndo: () => void }) {
  const { t } = useTranslation();
  const more = step.files.length - MOST_FILES;
  const [only] = step.files;
  const undo = step.stands ? (
    <IconButton
      label={t("task.rail.undoStep", { step: step.step })}
      size="sm"
      disabled={busy}
      onClick={onUndo}
      className="opacity-0 group-focus-within/step:opacity-100 group-hover/step:opacity-100 [@media(hover:none)]:opacity-100"
    >
      <Undo2 aria-hidden />
    </IconButton>
  ) : (
    <span className="text-xs text-ink-3">{t("task.rail.undone")}</span>
  );
  // One file says it all; what made the change is on it as a tooltip.
  if (only && step.files.length === 1) {
    return (
      <div className="group/step -ml-2 flex items-center gap-1" title={step.title}>
        <FileOfChange step={step} file={only} />
        {undo}
      </div>
    );
  }
  return (
    <div className="group/step">
      <div className="flex items-center gap-1">
        <p
          className={cx("min-w-0 flex-1 truncate text-sm text-ink-2", !step.stands && "line-through")}
          title={step.title}
        >
          <Untrusted text={step.title} />
        </p>
        {undo}
      </div>
      <ul className="-mx-2">
        {step.files.slice(0, MOST_FILES).map((file) => (
          <li key={file.path} className="flex">
            <FileOfChange step={step} file={file} />
          </li>
        ))}
      </ul>
      {more > 0 && <p className="text-xs text-ink-3">{t("task.rail.moreFiles", { count: more })}</p>}
    </div>
  );
}

function FileOfChange({ step, file }: { step: ChangeStep; file: ChangedFile }) {
  const { open } = useTaskContext();
  return (
    <button
      type="button"
      onClick={() => open({ kind: "changes", at: { step: step.step, path: file.path } })}
      className="flex min-w-0 flex-1 items-center gap-2 rounded-md px-2 py-0.5 text-left text-sm hover:bg-hover"
    >
      <ChangeMark file={file} />
      <span className={cx("min-w-0 flex-1 truncate", !file.stands && "text-ink-3 line-through")}>
        <Untrusted text={file.name} />
      </span>
      <Counts file={file} />
    </button>
  );
}

const looks = {
  create: "bg-ok-soft text-ok",
  modify: "bg-info-soft text-info",
  delete: "bg-bad-soft text-bad",
  move: "bg-warn-soft text-warn",
  mode: "bg-hover text-ink-2",
};

function ChangeMark({ file }: { file: ChangedFile }) {
  const { t } = useTranslation();
  const change = file.change in looks ? (file.change as keyof typeof looks) : "modify";
  return (
    <span className={cx("shrink-0 rounded-sm px-1.5 text-xs", looks[change])}>
      {t(`task.rail.change.${change}`)}
    </span>
  );
}

function Counts({ file }: { file: ChangedFile }) {
  const { t } = useTranslation();
  return (
    <span className="flex shrink-0 gap-1.5 text-xs tabular-nums">
      {file.added ? (
        <span className="text-ok">
          <span aria-hidden>+{file.added}</span>
          <span className="sr-only">{t("task.rail.added", { count: file.added })}</span>
        </span>
      ) : null}
      {file.removed ? (
        <span className="text-bad">
          <span aria-hidden>−{file.removed}</span>
          <span className="sr-only">{t("task.rail.removed", { count: file.removed })}</span>
        </span>
      ) : null}
    </span>
  );
}
