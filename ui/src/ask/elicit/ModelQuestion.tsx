import { Check, X } from "lucide-react";
import { Button, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import type { ServerAskProps } from "./ServerQuestion";

type Wants = Extract<ServerAskProps["ask"]["wants"], { type: "model" | "handover" }>;

/** A server asks for an answer of a model: all of what would be asked, and later all of what would go back. */
export function ModelQuestion(props: ServerAskProps & { wants: Wants }) {
  const { ask, wants, busy, onAnswer } = props;
  const { t } = useTranslation();
  const { connector, tool } = ask;
  const { model } = wants;
  const before = wants.type === "model";
  const parts = before
    ? [
        ...(wants.system ? [{ who: t("elicit.asSystem"), text: wants.system }] : []),
        ...wants.messages.map(({ is_model, text }) => ({
          who: t(is_model ? "elicit.asModel" : "elicit.asUser"),
          text,
        })),
      ]
    : [{ who: undefined, text: wants.text }];
  const about = before
    ? t("elicit.modelNote", { model, count: wants.max_tokens, connector })
    : t("elicit.handoverNote", { connector });
  return (
    <>
      <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">
        <Untrusted
          text={before ? t("elicit.model", { connector, tool }) : t("elicit.handover", { model, connector })}
        />
      </p>
      <Scrollable label={t("elicit.words", { connector })} className="mt-2 max-h-60 overflow-y-auto">
        <blockquote className="border-l-2 pl-3 text-base [overflow-wrap:anywhere]">
          {parts.map(({ who, text }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they never change their places
            <div key={index} className="mb-2 last:mb-0">
              {who && <p className="text-xs text-ink-3">{who}</p>}
              <Untrusted text={text} lines />
            </div>
          ))}
        </blockquote>
      </Scrollable>
      <p className="mt-3 text-xs text-ink-3 [overflow-wrap:anywhere]">
        <Untrusted text={about} />
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button
          icon={<Check aria-hidden />}
          look="primary"
          disabled={busy}
          onClick={() => onAnswer({ type: "allow" })}
        >
          {before ? t("elicit.ask") : t("elicit.give", { connector })}
        </Button>
        <Button
          icon={<X aria-hidden />}
          disabled={busy}
          onClick={() => onAnswer({ type: "deny", reason: null })}
        >
          {t(before ? "elicit.dontAsk" : "elicit.dontGive")}
        </Button>
      </div>
    </>
  );
}
