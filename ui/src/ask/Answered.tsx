import { Check, X } from "lucide-react";
import { Suspense } from "react";
import type { Asked } from "~/api/types";
import { Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { later } from "~/shell/later";

const ServerAnswered = later(() => import("./elicit").then((views) => views.ServerAnswered));

/** A question that has its answer, in short. */
export function Answered({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const { ask, answer } = asked;
  if (!answer) return null;
  if (ask.type === "server") {
    return (
      <Suspense fallback={null}>
        <ServerAnswered ask={ask} answer={answer} />
      </Suspense>
    );
  }
  if (ask.type === "questions" && answer.type === "answers") {
    return (
      <dl className="rounded-lg border bg-surface px-4 py-3 text-sm">
        {ask.questions.map((question, index) => (
          <div key={question.question} className="py-0.5 [overflow-wrap:anywhere]">
            <dt className="text-ink-2">
              <Untrusted text={question.question} lines />
            </dt>
            <dd className="font-medium">
              <Untrusted text={(answer.answers[index] ?? []).join(", ")} />
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  const what =
    ask.type === "approve" ? ask.action.summary : ask.type === "folder" ? ask.path : t("ask.questionsShort");
  const yes = answer.type === "allow" || answer.type === "instead";
  return (
    <p className="flex items-start gap-2 px-1 text-sm text-ink-2">
      {yes ? (
        <Check className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
      ) : (
        <X className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      )}
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {t(yes ? "ask.allowed" : "ask.denied")} <Untrusted text={what} lines />
        {answer.type === "instead" && (
          <>
            {" · "}
            <Untrusted
              text={t("ask.instead.given", { param: answer.param, from: answer.from, to: answer.to })}
              className="text-ink"
            />
          </>
        )}
        {answer.type === "deny" && answer.reason && (
          <>
            {" · "}
            <Untrusted text={answer.reason} className="text-ink" />
          </>
        )}
      </span>
    </p>
  );
}
