import { Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { later } from "~/shell/later";
import { type AskProps, YouAsked } from "./Approval";
import { Decide } from "./Decide";

const Provenances = later(() => import("~/trust").then((views) => views.Provenances));

/** The task asks for a folder it does not see yet. */
export function FolderRequest({ ask, busy, onAnswer }: AskProps<"folder">) {
  const { t } = useTranslation();
  return (
    <>
      <p className="rounded-md bg-sunken px-3 py-2 font-mono text-sm [overflow-wrap:anywhere]">
        <Untrusted text={ask.path} />
      </p>
      <p className="mt-2 text-sm">
        <span className="font-medium">{t(`home.permission.${ask.mode}.title`)}.</span>{" "}
        <span className="text-ink-2">{t(`home.permission.${ask.mode}.detail`)}</span>
      </p>
      <YouAsked sentence={ask.you_asked} />
      {ask.reason !== "" && (
        <>
          <h3 className="mt-3 text-xs font-medium text-ink-3">{t("ask.modelWords")}</h3>
          <blockquote className="mt-1 border-l-2 pl-3 text-sm [overflow-wrap:anywhere]">
            <Untrusted text={ask.reason} lines />
          </blockquote>
        </>
      )}
      {ask.provenance && ask.provenance.length > 0 && <Provenances list={ask.provenance} />}
      <Decide
        busy={busy}
        allow={t("ask.allowFolder")}
        values={[{ param: "path", kind: "path", value: ask.path }]}
        onAnswer={onAnswer}
      />
    </>
  );
}
