import type { Answer, Ask } from "~/api/types";
import { Untrusted } from "~/kit";
import { useTranslation } from "~/messages";

type Wants = Extract<Ask, { type: "server" }>["wants"];

const WORDS = { filled: "answered", allow: "visited", deny: "declined" } as const;
const OF_MODELS = {
  model: { allow: "asked", deny: "notAsked" },
  handover: { allow: "given", deny: "notGiven" },
} as const;

function said(wants: Wants["type"], answer: Answer["type"]) {
  if (wants === "model" || wants === "handover") {
    return answer === "allow" || answer === "deny" ? OF_MODELS[wants][answer] : "over";
  }
  return answer in WORDS ? WORDS[answer as keyof typeof WORDS] : "over";
}

/** What a server asked and was answered, in short. */
export function ServerAnswered({ ask, answer }: { ask: Extract<Ask, { type: "server" }>; answer: Answer }) {
  const { t } = useTranslation();
  const { connector, message, wants } = ask;
  const how = said(wants.type, answer.type);
  const asked = wants.type === "model" ? wants.messages.map(({ text }) => text).join("\n") : message;
  const values = answer.type === "filled" ? answer.values : {};
  const shown = (value: unknown) =>
    typeof value === "boolean" ? t(value ? "elicit.yes" : "elicit.no") : String(value).replaceAll(",", ", ");
  const fields = wants.type === "form" ? wants.fields.filter(({ name }) => Object.hasOwn(values, name)) : [];
  return (
    <div className="rounded-lg border bg-surface px-4 py-3 text-sm [overflow-wrap:anywhere]">
      <p className="text-ink-2">
        <Untrusted text={t(`elicit.${how}`, { connector })} />{" "}
        <Untrusted text={wants.type === "handover" ? wants.text : asked} lines />
      </p>
      {wants.type === "page" && (
        <p className="mt-1 font-mono text-xs">
          <Untrusted text={wants.url} />
        </p>
      )}
      {fields.length > 0 && (
        <dl className="mt-1">
          {fields.map(({ name, title }) => (
            <div key={name} className="flex flex-wrap gap-x-2">
              <dt className="text-ink-3">
                <Untrusted text={title} />
              </dt>
              <dd className="font-medium">
                <Untrusted text={shown(values[name])} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
