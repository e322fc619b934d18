import type { Answer, Ask } from "~/api/types";
import { Untrusted } from "~/kit";
import { useTranslation } from "~/messages";

/** What a server asked and was answered, in short. */
export function ServerAnswered({ ask, answer }: { ask: Extract<Ask, { type: "server" }>; answer: Answer }) {
  const { t } = useTranslation();
  const { connector, message, wants } = ask;
  const words = { filled: "answered", allow: "visited", deny: "declined" } as const;
  const how = answer.type in words ? words[answer.type as keyof typeof words] : "over";
  const values = answer.type === "filled" ? answer.values : {};
  const shown = (value: unknown) =>
    typeof value === "boolean" ? t(value ? "elicit.yes" : "elicit.no") : String(value).replaceAll(",", ", ");
  const fields = wants.type === "form" ? wants.fields.filter(({ name }) => Object.hasOwn(values, name)) : [];
  return (
    <div className="rounded-lg border bg-surface px-4 py-3 text-sm [overflow-wrap:anywhere]">
      <p className="text-ink-2">
        <Untrusted text={t(`elicit.${how}`, { connector })} /> <Untrusted text={message} lines />
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
