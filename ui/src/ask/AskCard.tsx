import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MessageCircleQuestion } from "lucide-react";
import { type ReactNode, Suspense, useId } from "react";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";
import { ApiError } from "~/api/request";
import type { Answer, Ask, InboxEntry } from "~/api/types";
import { cx, ProblemNote, toast, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { later } from "~/shell/later";
import { Approval } from "./Approval";
import { FolderRequest } from "./FolderRequest";
import { Questions } from "./Questions";
import { useShield } from "./shield";
import type { Open } from "./together";

const ServerQuestion = later(() => import("./elicit").then((views) => views.ServerQuestion));

export interface AskCardProps {
  id: string;
  /** The task that asks. */
  task: string;
  ask: Ask;
  /** The sub-agent that asks, if one does. */
  agent?: string | null;
  /** Where it comes from, when the card does not stand in its task. */
  from?: ReactNode;
  /** Other questions of its turn about the same recipient: shown with it, and answered alike. */
  others?: readonly Open[];
  /** Its place in a list: a card that moved is shielded again. */
  place?: number;
}

/**
 * An open question: shown in the policy's own words, answered with the keyboard or by click, never by accident. Parts of
 * it are loaded only now (where values come from, what a server asks). It appears when all of it is there, and only then
 * its shield begins: React runs the effects of what waited in `Suspense` when it is shown.
 */
export function AskCard(props: AskCardProps) {
  return (
    <Suspense fallback={null}>
      <Card {...props} />
    </Suspense>
  );
}

function Card({ id, task, ask, agent, from, others = [], place = 0 }: AskCardProps) {
  const { t } = useTranslation();
  const title = useId();
  const client = useQueryClient();
  const shield = useShield(`${id}:${place}:${JSON.stringify([ask, ...others])}`);
  const send = useMutation({
    mutationFn: async (answer: Answer | number) => {
      if (typeof answer === "number") return api.always(id, answer);
      // Each is a question of its own; what was shown here is what is answered, and no more.
      for (const one of [id, ...others.map((other) => other.id)]) await api.answer(one, answer);
    },
    onSuccess: () => {
      const all = [id, ...others.map((other) => other.id)];
      client.setQueryData<InboxEntry[]>(keys.inbox, (list) => list?.filter((one) => !all.includes(one.id)));
    },
    onError: (error) => {
      if (!(error instanceof ApiError) || error.status !== 409) return;
      toast({ level: "info", text: t("ask.gone") });
      void client.invalidateQueries({ queryKey: keys.inbox });
    },
  });
  const answer = (value: Answer | number) => send.mutate(value);
  const busy = send.isPending || send.isSuccess;
  return (
    <section
      aria-labelledby={title}
      aria-busy={shield.up || busy}
      data-shielded={shield.up}
      {...shield.guards}
      className="animate-appear overflow-hidden rounded-xl border border-warn/50 bg-surface"
    >
      <div
        className={cx("h-0.5 origin-left bg-warn", shield.up && "animate-[fill_500ms_linear]")}
        aria-hidden
      />
      <div className={cx("px-4 pt-3 pb-4 transition-opacity sm:px-5", shield.up && "opacity-60")}>
        <div className="mb-2 flex flex-wrap items-center gap-x-2 text-sm text-warn">
          <MessageCircleQuestion className="size-4" aria-hidden />
          <h2 id={title} className="font-medium">
            {t(`ask.heading.${ask.type}`)}
          </h2>
          {agent && (
            <span className="text-ink-3">
              <Untrusted text={t("ask.agent", { agent })} />
            </span>
          )}
          {from !== undefined && <span className="text-ink-3">{from}</span>}
        </div>
        {ask.type === "approve" && (
          <Approval
            task={task}
            ask={ask}
            others={others.flatMap((one) => (one.ask.type === "approve" ? [one.ask] : []))}
            busy={busy}
            onAnswer={answer}
            onAlways={answer}
          />
        )}
        {ask.type === "questions" && <Questions ask={ask} busy={busy} onAnswer={answer} />}
        {ask.type === "server" && <ServerQuestion ask={ask} busy={busy} onAnswer={answer} />}
        {ask.type === "folder" && <FolderRequest ask={ask} busy={busy} onAnswer={answer} />}
        {send.isError && <ProblemNote error={send.error} className="mt-3" />}
      </div>
    </section>
  );
}
