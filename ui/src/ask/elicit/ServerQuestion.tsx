import { ExternalLink, Send, X } from "lucide-react";
import { useState } from "react";
import type { Answer, Ask } from "~/api/types";
import { Button, CopyButton, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { Field } from "./Field";
import { type Entry, fill, proposedEntry } from "./fill";
import { ModelQuestion } from "./ModelQuestion";

export interface ServerAskProps {
  ask: Extract<Ask, { type: "server" }>;
  busy: boolean;
  onAnswer: (answer: Answer) => void;
}

/** A server asks: in its own words, told as its own, and nothing goes to it that was not put in here. */
export function ServerQuestion({ ask, busy, onAnswer }: ServerAskProps) {
  const { t } = useTranslation();
  const { connector, tool, message, wants } = ask;
  const decline = () => onAnswer({ type: "deny", reason: null });
  if (wants.type === "model" || wants.type === "handover") {
    return <ModelQuestion ask={ask} wants={wants} busy={busy} onAnswer={onAnswer} />;
  }
  return (
    <>
      <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">
        <Untrusted text={t("elicit.asks", { connector, tool })} />
      </p>
      <blockquote className="mt-2 max-h-60 overflow-y-auto border-l-2 pl-3 text-base [overflow-wrap:anywhere]">
        <Untrusted text={message} lines />
      </blockquote>
      {wants.type === "form" ? (
        <Form ask={ask} fields={wants.fields} busy={busy} onAnswer={onAnswer} onDecline={decline} />
      ) : (
        <>
          <p className="mt-3 text-sm [overflow-wrap:anywhere]">
            <Untrusted text={t("elicit.page", { host: wants.host })} />
          </p>
          <p className="mt-1 rounded-md bg-sunken px-3 py-2 font-mono text-sm [overflow-wrap:anywhere]">
            <Untrusted text={wants.url} />
          </p>
          <p className="mt-2 text-xs text-ink-3">{t("elicit.pageNote")}</p>
          <div className="mt-4 flex flex-wrap gap-2">
            <Button
              icon={<ExternalLink aria-hidden />}
              look="primary"
              disabled={busy}
              onClick={() => {
                window.open(wants.url, "_blank", "noopener,noreferrer");
                onAnswer({ type: "allow" });
              }}
            >
              {t("elicit.visit")}
            </Button>
            <Button icon={<X aria-hidden />} disabled={busy} onClick={decline}>
              {t("elicit.dontVisit")}
            </Button>
            <CopyButton text={wants.url} label={t("kit.link.copy")} />
          </div>
        </>
      )}
    </>
  );
}

function Form(
  props: ServerAskProps & {
    fields: Extract<ServerAskProps["ask"]["wants"], { type: "form" }>["fields"];
    onDecline: () => void;
  },
) {
  const { ask, fields, busy, onAnswer, onDecline } = props;
  const { t } = useTranslation();
  const [entries, setEntries] = useState<ReadonlyMap<string, Entry>>(new Map());
  const [tried, setTried] = useState(false);
  const { values, faults } = fill(fields, entries);
  const { connector } = ask;
  const send = () => {
    setTried(true);
    if (faults.size === 0) onAnswer({ type: "filled", values });
  };
  return (
    <>
      <div className="mt-4 flex flex-col gap-4">
        {fields.map((field) => {
          const fault = tried ? faults.get(field.name) : undefined;
          return (
            <Field
              key={field.name}
              field={field}
              entry={entries.get(field.name) ?? proposedEntry(field)}
              error={fault && t(`elicit.${fault}`)}
              onChange={(entry) => setEntries((now) => new Map(now).set(field.name, entry))}
            />
          );
        })}
      </div>
      <p className="mt-3 text-xs text-ink-3 [overflow-wrap:anywhere]">
        <Untrusted text={t("elicit.goes", { connector })} />
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button icon={<Send aria-hidden />} look="primary" disabled={busy} onClick={send}>
          {fields.length === 0 ? t("elicit.agree") : t("elicit.send", { connector })}
        </Button>
        <Button icon={<X aria-hidden />} disabled={busy} onClick={onDecline}>
          {t("elicit.decline")}
        </Button>
      </div>
    </>
  );
}
