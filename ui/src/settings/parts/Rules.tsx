import type { PolicyRule } from "~/api/types";
import { cx } from "~/kit";
import { useTranslation } from "~/messages";

const looks: Record<string, string> = {
  allow: "bg-ok-soft text-ok",
  ask: "bg-warn-soft text-warn",
  deny: "bg-bad-soft text-bad",
};

export function Verdict({ word }: { word: string }) {
  const { t } = useTranslation();
  const known = word === "allow" || word === "ask" || word === "deny" ? word : "ask";
  return (
    <span className={cx("mt-0.5 w-16 shrink-0 rounded-sm px-1.5 text-center text-xs", looks[known])}>
      {t(`settings.policy.verdict.${known}`)}
    </span>
  );
}

/** Rules in the order in which they count. */
export function Rules({ rules }: { rules: readonly PolicyRule[] }) {
  const { t } = useTranslation();
  return (
    <ol className="divide-y rounded-lg border bg-surface">
      {rules.map((rule) => (
        <li key={`${rule.file} ${rule.name}`} className="flex items-start gap-3 px-4 py-2.5 text-sm">
          <Verdict word={rule.verdict} />
          <div className="min-w-0 flex-1">
            <p>{rule.reason}</p>
            <p className="text-xs text-ink-3">
              {rule.name}
              {rule.own && <> · {t("settings.policy.yours")}</>}
              {rule.managed && <> · {t("settings.policy.theirs")}</>}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
