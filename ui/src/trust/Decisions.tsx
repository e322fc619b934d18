import { useState } from "react";
import type { TrustDecision } from "~/api/types";
import { Button, cx, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { Provenances } from "./Grounds";
import { ofOthers, SourceName } from "./Source";

/** Sources that are named at a decision. */
const MOST = 4;

const looks = { allow: "bg-ok-soft text-ok", ask: "bg-warn-soft text-warn", deny: "bg-bad-soft text-bad" };
const VERDICTS = ["allow", "ask", "deny"] as const;
const verdictOf = ({ verdict }: TrustDecision) => VERDICTS.find((one) => one === verdict) ?? "ask";

/** What was asked or refused; what was allowed without asking when it is wanted. */
export function Decisions({ decisions }: { decisions: readonly TrustDecision[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const told = decisions.filter((one) => all || verdictOf(one) !== "allow");
  const quiet = decisions.length - decisions.filter((one) => verdictOf(one) !== "allow").length;
  return (
    <>
      {told.length === 0 && <p className="text-sm text-ink-3">{t("trust.askedNone")}</p>}
      <ol className="flex flex-col gap-3">
        {told.map((one) => (
          <li key={one.seq} className="rounded-lg border px-3.5 py-2.5 text-sm">
            <Line decision={one} />
          </li>
        ))}
      </ol>
      {!all && quiet > 0 && (
        <Button look="quiet" size="sm" className="mt-2 -ml-2" onClick={() => setAll(true)}>
          {t("trust.allowed", { count: quiet })}
        </Button>
      )}
    </>
  );
}

function Line({ decision }: { decision: TrustDecision }) {
  const { t } = useTranslation();
  const verdict = verdictOf(decision);
  const sources = decision.sources.filter(ofOthers);
  const answer = decision.asked ? (decision.asked.answer?.type ?? "open") : undefined;
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="min-w-0 font-medium [overflow-wrap:anywhere]">
          <Untrusted text={decision.summary} lines />
        </span>
        <span className={cx("rounded-sm px-1.5 text-xs", looks[verdict])}>
          {t(`trust.verdict.${verdict}`)}
        </span>
        {answer && <span className="text-xs text-ink-2">{t(`trust.answer.${answer}`)}</span>}
      </p>
      <p className="mt-0.5 text-ink-2 [overflow-wrap:anywhere]">
        <Untrusted text={decision.reason} lines />
      </p>
      <Provenances list={decision.asked?.grounds.provenance ?? []} />
      {verdict !== "allow" && sources.length > 0 && (
        <div className="mt-2 text-xs text-ink-2">
          {t("trust.knew", { count: sources.length })}
          <ul className="mt-0.5 flex flex-wrap gap-x-3">
            {sources.slice(0, MOST).map((source) => (
              <li key={`${source.kind} ${source.detail}`} className="min-w-0">
                <SourceName source={source} />
              </li>
            ))}
            {(decision.sources_cut || sources.length > MOST) && <li>{t("trust.more")}</li>}
          </ul>
        </div>
      )}
      <p className="mt-1 text-xs text-ink-3">{t("trust.rule", { rule: decision.rule })}</p>
    </>
  );
}
