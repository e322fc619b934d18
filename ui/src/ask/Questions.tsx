import { useId, useState } from "react";
import type { Question } from "~/api/types";
import { Button, cx, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import type { AskProps } from "./Approval";
import { answersOf, type Chosen, choose, NOTHING, say } from "./answers";

/** Questions of the task: choices, and always the person's own words. */
export function Questions({ ask, busy, onAnswer }: AskProps<"questions">) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<readonly Chosen[]>(() => ask.questions.map(() => NOTHING));
  const answers = answersOf(ask.questions, chosen);
  return (
    <>
      <div className="flex flex-col gap-5">
        {ask.questions.map((question, index) => (
          <One
            key={question.question}
            question={question}
            chosen={chosen[index] ?? NOTHING}
            onChange={(next) => setChosen((now) => now.with(index, next))}
          />
        ))}
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button
          look="primary"
          disabled={busy || answers === undefined}
          onClick={() => answers && onAnswer({ type: "answers", answers })}
        >
          {t("ask.sendAnswers", { count: ask.questions.length })}
        </Button>
        <Button look="quiet" disabled={busy} onClick={() => onAnswer({ type: "deny", reason: null })}>
          {t("ask.skip")}
        </Button>
      </div>
    </>
  );
}

function One(props: { question: Question; chosen: Chosen; onChange: (chosen: Chosen) => void }) {
  const { question, chosen, onChange } = props;
  const { t } = useTranslation();
  const id = useId();
  return (
    <fieldset>
      <legend className="mb-2">
        <span className="block text-xs font-medium text-ink-3">
          <Untrusted text={question.header} />
        </span>
        <span className="text-base font-medium [overflow-wrap:anywhere]">
          <Untrusted text={question.question} lines />
        </span>
        {question.multiSelect && <span className="ml-2 text-xs text-ink-3">{t("ask.several")}</span>}
      </legend>
      <div className="flex flex-col gap-1.5">
        {question.options.map((option, index) => {
          const on = chosen.labels.includes(option.label);
          return (
            <label
              key={option.label}
              htmlFor={`${id}-${index}`}
              className={cx(
                "flex cursor-pointer items-start gap-2.5 rounded-lg border px-3 py-2 hover:border-line-strong",
                on && "border-accent! bg-accent-soft",
              )}
            >
              <input
                id={`${id}-${index}`}
                type={question.multiSelect ? "checkbox" : "radio"}
                name={id}
                checked={on}
                onChange={() => onChange(choose(question, chosen, option.label))}
                className="mt-1 size-4 shrink-0 accent-accent"
              />
              <span className="min-w-0 text-sm [overflow-wrap:anywhere]">
                <span className="block font-medium">
                  <Untrusted text={option.label} />
                </span>
                <span className="block text-ink-2">
                  <Untrusted text={option.description} lines />
                </span>
              </span>
            </label>
          );
        })}
        <input
          aria-label={t("ask.ownFor", { question: question.header })}
          placeholder={t("ask.own")}
          value={chosen.own}
          onChange={(event) => onChange(say(question, chosen, event.target.value))}
          className="h-10 rounded-lg border bg-surface px-3 text-sm"
        />
      </div>
    </fieldset>
  );
}
