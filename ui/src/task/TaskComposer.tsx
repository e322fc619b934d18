import { useMutation } from "@tanstack/react-query";
import { ArrowUp, Clock, CornerDownRight, Play, Square, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import type { Queued, Say, TaskPage } from "~/api/types";
import { TextBox, type TextBoxHandle } from "~/composer/TextBox";
import { notePasted, voiceOf } from "~/composer/voice";
import { Button, cx, IconButton, ProblemNote, toastProblem, Untrusted } from "~/kit";
import { newStore, useStore } from "~/kit/store";
import { useTranslation } from "~/messages";
import { modifier } from "~/shell/keys";
import { useTaskContext } from "./context";

/** What is being written, by task: looking at another task loses nothing. */
const drafts = newStore<Readonly<Record<string, string>>>({});

export interface TaskComposerProps {
  page: TaskPage;
  /** A passage of an output that the person wants changed. */
  passage: { name: string; text: string } | undefined;
  onPassageUsed: () => void;
}

/** Says more to a task: at its next step, after it is over, or when it is over. Stops it. */
export function TaskComposer({ page, passage, onPassageUsed }: TaskComposerProps) {
  const { t } = useTranslation();
  const { head, rail } = page;
  const state = useAppState().data;
  const text = useStore(drafts)[head.id] ?? "";
  const setText = (next: string) => drafts.set((now) => ({ ...now, [head.id]: next }));
  const box = useRef<TextBoxHandle>(null);
  const [stopped, setStopped] = useState(false);
  const working = head.status === "working" || head.status === "waiting";

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new passage changes the text
  useEffect(() => {
    if (!passage) return;
    const quoted = passage.text
      .trim()
      .split("\n")
      .map((line) => `> ${line}`)
      .join("\n");
    notePasted(passage.text);
    setText(`${t("task.composer.about", { name: passage.name })}\n${quoted}\n\n${text}`);
    onPassageUsed();
    box.current?.focus();
  }, [passage]);

  useEffect(() => {
    if (!working) setStopped(false);
  }, [working]);

  const { said } = useTaskContext();
  const say = useMutation({
    mutationFn: (what: Say) => api.tasks.say(head.id, what),
    onSuccess: () => {
      setText("");
      said.set((times) => times + 1);
    },
  });
  const send = (when: Say["when"]) => {
    if (text.trim() !== "" && !say.isPending)
      say.mutate({ text: text.trim(), when, voice: voiceOf(text.trim()) });
  };
  const stop = useMutation({
    mutationFn: () => api.tasks.stop(head.id),
    onMutate: () => setStopped(true),
    onError: (error) => {
      setStopped(false);
      toastProblem(error, t);
    },
  });
  const resume = useMutation({
    mutationFn: () => api.tasks.resume(head.id),
    onError: (error) => toastProblem(error, t),
  });
  const empty = text.trim() === "";
  const placeholder = working ? "now" : head.status === "paused" ? "paused" : "over";

  return (
    <div className="px-4 pb-3 sm:px-6 sm:pb-4">
      <div className="mx-auto max-w-2xl">
        {rail.queue.map((queued) => (
          <Waiting key={queued.id} task={head.id} queued={queued} />
        ))}
        {say.isError && <ProblemNote error={say.error} className="mb-2" />}
        <div className="flex flex-wrap items-end justify-end rounded-xl border border-line-strong/50 bg-surface shadow-[0_1px_3px_rgb(0_0_0/0.05)] focus-within:border-accent">
          <div className={cx("min-w-0 flex-1", working && !empty && "max-sm:basis-full")}>
            <TextBox
              ref={box}
              label={t("task.composer.label")}
              placeholder={t(`task.composer.${placeholder}`)}
              value={text}
              onChange={setText}
              onSubmit={(alternative) => send(working && alternative ? "after" : "now")}
              starters={state?.starters ?? []}
              onStarter={() => {}}
              folders={rail.context.folders.map(({ place }) => place)}
            />
          </div>
          <div className="flex shrink-0 items-center gap-1 p-2">
            {working && !empty && (
              <Button
                look="quiet"
                size="sm"
                icon={<Clock aria-hidden />}
                title={t("task.composer.afterAbout")}
                disabled={say.isPending}
                onClick={() => send("after")}
              >
                {t("task.composer.after")}
              </Button>
            )}
            {working && (
              <Button
                size="sm"
                icon={<Square aria-hidden className="fill-current" />}
                busy={stopped}
                onClick={() => stop.mutate()}
              >
                {t(stopped ? "task.composer.stopping" : "task.composer.stop")}
              </Button>
            )}
            {head.status === "paused" && empty && (
              <Button
                size="sm"
                icon={<Play aria-hidden />}
                busy={resume.isPending}
                onClick={() => resume.mutate()}
              >
                {t("task.composer.resume")}
              </Button>
            )}
            {(!working || !empty) && (
              <Button
                look="primary"
                size="sm"
                icon={<ArrowUp aria-hidden />}
                title={working ? t("task.composer.sendNowAbout") : undefined}
                busy={say.isPending}
                disabled={empty}
                onClick={() => send("now")}
              >
                {t(working ? "task.composer.sendNow" : "task.composer.send")}
              </Button>
            )}
          </div>
        </div>
        <p className="mt-1.5 px-1 text-xs text-ink-3 max-sm:hidden">
          {working ? t("task.composer.hint", { key: modifier }) : t("task.composer.hintOver")}
        </p>
      </div>
    </div>
  );
}

function Waiting({ task, queued }: { task: string; queued: Queued }) {
  const { t } = useTranslation();
  const withdraw = useMutation({
    mutationFn: () => api.tasks.withdraw(task, queued.id),
    onError: (error) => toastProblem(error, t),
  });
  return (
    <div className="mb-1.5 flex items-center gap-2 rounded-lg border border-dashed px-3 py-1 text-sm text-ink-2">
      <CornerDownRight className="size-4 shrink-0 text-ink-3" aria-hidden />
      <span className="min-w-0 flex-1 truncate" title={t("task.composer.queued")}>
        <Untrusted text={queued.text} lines />
      </span>
      <span className="text-xs text-ink-3 max-sm:hidden">{t("task.composer.queued")}</span>
      <IconButton
        label={t("task.composer.withdraw", { text: queued.text.slice(0, 40) })}
        size="sm"
        busy={withdraw.isPending}
        onClick={() => withdraw.mutate()}
      >
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
