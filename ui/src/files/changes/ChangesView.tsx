import { Redo2, Undo2, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { ChangedFile, ChangeStep, Rail } from "~/api/types";
import { dateAndTime } from "~/format/numbers";
import { Button, cx, Empty, IconButton, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { ConfirmUndoAll, useUndo } from "~/task/undo";
import { FileChange } from "./FileChange";

export interface ChangesViewProps {
  task: string;
  rail: Rail;
  /** What is shown first. */
  at?: { step: number; path?: string } | undefined;
  onClose?: () => void;
}

/** Every file a task touched, what was done to it, and how to take it back. */
export function ChangesView({ task, rail, at, onClose }: ChangesViewProps) {
  const { t } = useTranslation();
  const steps = rail.changes.filter((step) => step.files.length > 0);
  const first =
    steps.find((step) => step.step === at?.step) ??
    steps.findLast((step) => step.kind === "change") ??
    steps.at(-1);
  const [chosen, setChosen] = useState(() => ({
    step: first?.step,
    path: at?.path ?? first?.files[0]?.path,
  }));
  const [asking, setAsking] = useState(false);
  const { undo, redo, busy } = useUndo(task);
  const step = steps.find((one) => one.step === chosen.step);
  const file = step?.files.find((one) => one.path === chosen.path) ?? step?.files[0];
  const stands = steps.some((one) => one.stands && one.kind === "change");
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex items-center gap-2 border-b px-4 py-2.5">
        <h2 className="min-w-0 flex-1 text-base font-semibold">{t("files.changes.title")}</h2>
        {rail.can_redo && (
          <Button size="sm" look="quiet" icon={<Redo2 aria-hidden />} busy={busy} onClick={() => void redo()}>
            {t("task.rail.redo")}
          </Button>
        )}
        {stands && (
          <Button size="sm" icon={<Undo2 aria-hidden />} busy={busy} onClick={() => setAsking(true)}>
            {t("task.rail.undoAll")}
          </Button>
        )}
        {onClose && (
          <IconButton label={t("kit.close")} onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        )}
      </header>
      {steps.length === 0 ? (
        <Empty title={t("files.changes.none")} />
      ) : (
        <div className="flex min-h-0 flex-1 flex-col">
          <ol
            aria-label={t("files.changes.steps")}
            className="max-h-[38%] shrink-0 overflow-y-auto border-b px-2 py-2"
          >
            {steps.toReversed().map((one) => (
              <Step
                key={one.step}
                step={one}
                chosen={one.step === step?.step ? file?.path : undefined}
                busy={busy}
                onChoose={(path) => setChosen({ step: one.step, path })}
                onUndo={(path) =>
                  void undo(
                    path === undefined ? { step: one.step } : { step: one.step, path },
                    one.kind === "undo" ? t("task.rail.redone") : undefined,
                  )
                }
              />
            ))}
          </ol>
          <div className="min-h-0 flex-1">
            {step && file && (
              <FileChange key={`${step.step} ${file.path}`} task={task} step={step.step} file={file} />
            )}
          </div>
        </div>
      )}
      <ConfirmUndoAll open={asking} onOpenChange={setAsking} onConfirm={() => undo({})} />
    </div>
  );
}

/** What a button does: an undo is taken back by redo, and so on. */
function useWords({ step, of = [] }: ChangeStep, kind: "change" | "undo" | "redo") {
  const { t } = useTranslation();
  const steps = { count: of.length, steps: of.join(", ") };
  const all = {
    change: () => t("task.rail.undoStep", { step }),
    undo: () => t("files.changes.redo", steps),
    redo: () => t("files.changes.again", steps),
  };
  const file = { change: "undoFile", undo: "redoFile", redo: "againFile" } as const;
  return { all: all[kind](), file: (name: string) => t(`files.changes.${file[kind]}`, { name }) };
}

function Step(props: {
  step: ChangeStep;
  chosen: string | undefined;
  busy: boolean;
  onChoose: (path: string) => void;
  onUndo: (path?: string) => void;
}) {
  const { step, chosen, busy } = props;
  const kind = step.kind === "undo" || step.kind === "redo" ? step.kind : "change";
  const says = useWords(step, kind);
  const { t } = useTranslation();
  const Back = kind === "undo" ? Redo2 : Undo2;
  return (
    <li className="mb-1">
      <div className="flex items-center gap-2 px-2">
        <p className="min-w-0 flex-1 truncate text-xs text-ink-3">
          <span className={cx(!step.stands && "line-through")}>
            <span className="tabular-nums">{step.step}. </span>
            <Untrusted text={step.title} />
            {" · "}
            <time dateTime={new Date(step.at).toISOString()}>{dateAndTime(step.at)}</time>
          </span>
          {!step.stands && <span> {t("files.changes.undone")}</span>}
        </p>
        {step.stands && step.files.length > 1 && (
          <IconButton label={says.all} size="sm" disabled={busy} onClick={() => props.onUndo()}>
            <Back aria-hidden />
          </IconButton>
        )}
      </div>
      <ul>
        {step.files.map((file) => (
          <FileLine
            key={file.path}
            file={file}
            chosen={file.path === chosen}
            icon={<Back aria-hidden />}
            undo={
              step.stands && file.stands
                ? step.files.length > 1
                  ? says.file(file.name)
                  : says.all
                : undefined
            }
            busy={busy}
            onChoose={() => props.onChoose(file.path)}
            onUndo={() => (step.files.length > 1 ? props.onUndo(file.path) : props.onUndo())}
          />
        ))}
      </ul>
    </li>
  );
}

const looks: Record<string, string> = {
  create: "bg-ok-soft text-ok",
  modify: "bg-info-soft text-info",
  delete: "bg-bad-soft text-bad",
  move: "bg-warn-soft text-warn",
  mode: "bg-hover text-ink-2",
};

function FileLine(props: {
  file: ChangedFile;
  chosen: boolean;
  undo: string | undefined;
  icon: ReactNode;
  busy: boolean;
  onChoose: () => void;
  onUndo: () => void;
}) {
  const { t } = useTranslation();
  const { file } = props;
  const change =
    file.change in looks ? (file.change as "create" | "modify" | "delete" | "move" | "mode") : "modify";
  return (
    <li className="flex items-center">
      <button
        type="button"
        aria-current={props.chosen || undefined}
        onClick={props.onChoose}
        className={cx(
          "flex min-w-0 flex-1 items-center gap-2 rounded-md px-2 py-1 text-left text-sm",
          props.chosen ? "bg-hover" : "hover:bg-hover",
        )}
      >
        <span className={cx("shrink-0 rounded-sm px-1.5 text-xs", looks[change])}>
          {t(`task.rail.change.${change}`)}
        </span>
        <span className={cx("min-w-0 truncate", !file.stands && "text-ink-3 line-through")} title={file.path}>
          <Untrusted text={file.name} />
        </span>
        {file.from && (
          <span className="min-w-0 truncate text-xs text-ink-3">
            ← <Untrusted text={file.from.split("/").at(-1) ?? file.from} />
          </span>
        )}
        <span className="ml-auto shrink-0 text-xs tabular-nums">
          {file.added ? <span className="text-ok">+{file.added} </span> : null}
          {file.removed ? <span className="text-bad">−{file.removed}</span> : null}
        </span>
      </button>
      {props.undo !== undefined && (
        <IconButton label={props.undo} size="sm" disabled={props.busy} onClick={props.onUndo}>
          {props.icon}
        </IconButton>
      )}
    </li>
  );
}
