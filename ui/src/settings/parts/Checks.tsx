import { Circle, CircleCheck, CircleX } from "lucide-react";
import { Link } from "wouter";
import { api } from "~/api/endpoints";
import { Loading, ProblemNote } from "~/kit";
import { useTranslation } from "~/messages";
import { useSetting } from "../useSetting";

/** What works on this computer and what is missing. */
export function Checks() {
  const { t } = useTranslation();
  const checks = useSetting("checks", api.settings.checks);
  if (checks.isPending) return <Loading />;
  if (checks.isError) return <ProblemNote error={checks.error} />;
  return (
    <ul className="divide-y rounded-lg border bg-surface">
      {checks.data.map((check) => (
        <li key={check.name} className="flex items-start gap-3 px-4 py-2.5 text-sm">
          {check.ok ? (
            <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-label={t("settings.there")} />
          ) : check.needed ? (
            <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-label={t("settings.missing")} />
          ) : (
            <Circle className="mt-0.5 size-4 shrink-0 text-warn" aria-label={t("settings.optional")} />
          )}
          <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <p className="font-medium">{check.name}</p>
            <p className="text-ink-2">{[check.detail, check.hint].filter(Boolean).join(". ")}</p>
          </div>
          {!check.ok && check.settings && (
            <Link
              href={`/settings/${check.settings}`}
              aria-label={t("settings.setUpWhat", { what: check.name })}
              className="shrink-0 font-medium underline underline-offset-2"
            >
              {t("settings.setUp")}
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}
