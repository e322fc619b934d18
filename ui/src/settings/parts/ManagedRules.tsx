import type { PolicyFile, PolicyRule } from "~/api/types";
import { Note, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { Rules } from "./Rules";

/** What the organisation set: each of its files with its rules, to be read only. */
export function ManagedRules(props: { files: readonly PolicyFile[]; rules: readonly PolicyRule[] }) {
  const { t } = useTranslation();
  if (props.files.length === 0) return null;
  return (
    <section aria-labelledby="managed-rules" className="mt-8">
      <h2 id="managed-rules" className="text-base font-semibold">
        {t("settings.policy.managed")}
      </h2>
      <p className="mt-1 mb-3 text-sm text-ink-2">{t("settings.policy.managedAbout")}</p>
      {props.files.map(({ file, error }) => {
        const rules = props.rules.filter((rule) => rule.managed && rule.file === file);
        return (
          <section key={file} aria-label={file} className="mb-4">
            <p className="mb-1.5 font-mono text-xs text-ink-2 [overflow-wrap:anywhere]">
              <Untrusted text={file} />
            </p>
            {error && (
              <Note level="error" title={t("settings.policy.managedBroken")}>
                <Untrusted text={error} lines />
              </Note>
            )}
            {!error && rules.length === 0 && (
              <p className="text-sm text-ink-3">{t("settings.policy.managedNone")}</p>
            )}
            {rules.length > 0 && <Rules rules={rules} />}
          </section>
        );
      })}
    </section>
  );
}
