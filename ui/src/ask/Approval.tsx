import { useState } from "react";
import type { Answer, Ask } from "~/api/types";
import { Button, cx, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { later } from "~/shell/later";
import { Decide } from "./Decide";
import { lineLook } from "./diff";

const Grounds = later(() => import("~/trust").then((views) => views.Grounds));

export interface AskProps<T extends Ask["type"]> {
  ask: Extract<Ask, { type: T }>;
  busy: boolean;
  onAnswer: (answer: Answer) => void;
  /** Allows one of the values that are offered, counted from 0, for good. */
  onAlways?: (number: number) => void;
}

export interface ApprovalProps extends AskProps<"approve"> {
  /** The task that asks. */
  task: string;
  /** What else is asked about on this card, and answered alike. */
  others?: readonly ApprovalProps["ask"][];
}

/** May this be done? What, with which files, why it is asked, and exactly what would be written or sent. */
export function Approval({ task, ask, others = [], busy, onAnswer, onAlways = () => {} }: ApprovalProps) {
  const { t } = useTranslation();
  const { action, reasons, preview } = ask;
  const grounded = [ask.provenance, ask.known, ask.leaving, ask.always].some(
    (list) => list && list.length > 0,
  );
  const alone = others.length === 0;
  // Another value, or a yes for good, is for one question: several are answered as they stand.
  const decide = (
    <Decide
      busy={busy}
      allow={alone ? t("ask.allow") : t("ask.allowAll", { count: others.length + 1 })}
      values={alone ? ask.targets : []}
      onAnswer={onAnswer}
    />
  );
  const effect = EFFECTS.find((one) => one === action.effect);
  return (
    <>
      {!alone && <p className="mb-1 text-sm text-ink-2">{t("ask.together", { count: others.length + 1 })}</p>}
      <p className="text-base font-medium [overflow-wrap:anywhere]">
        <Untrusted text={action.summary} lines />
      </p>
      <p className="mt-0.5 text-sm text-ink-2">
        {effect ? t(`ask.effect.${effect}`) : action.effect}
        <span className="text-ink-3"> · {action.tool}</span>
      </p>
      <YouAsked sentence={ask.you_asked} />
      {action.paths.length > 0 && (
        <>
          <h3 className="mt-3 text-xs font-medium text-ink-3">
            {t("ask.files", { count: action.paths.length })}
          </h3>
          <ul className="mt-1 max-h-40 overflow-y-auto rounded-md bg-sunken px-3 py-1.5 font-mono text-sm">
            {action.paths.map((path) => (
              <li key={path} className="[overflow-wrap:anywhere]">
                <Untrusted text={path} />
              </li>
            ))}
          </ul>
        </>
      )}
      {reasons.length > 0 && (
        <>
          <h3 className="mt-3 text-xs font-medium text-ink-3">{t("ask.why")}</h3>
          <ul className="mt-1 list-disc pl-5 text-sm">
            {reasons.map((reason) => (
              <li key={reason}>
                <Untrusted text={reason} lines />
              </li>
            ))}
          </ul>
        </>
      )}
      {preview && <ExactPreview text={preview} />}
      {others.map((one) => (
        <section key={one.action.summary + (one.preview ?? "")} className="mt-3 border-t pt-3">
          <p className="font-medium [overflow-wrap:anywhere]">
            <Untrusted text={one.action.summary} lines />
          </p>
          {one.reasons
            .filter((reason) => !reasons.includes(reason))
            .map((reason) => (
              <p key={reason} className="text-sm">
                <Untrusted text={reason} lines />
              </p>
            ))}
          {one.preview && <ExactPreview text={one.preview} />}
        </section>
      ))}
      {grounded ? (
        <Grounds task={task} ask={alone ? ask : { ...ask, always: [] }} busy={busy} onAlways={onAlways}>
          {decide}
        </Grounds>
      ) : (
        decide
      )}
    </>
  );
}

/** The person's own words that a card is about. */
export function YouAsked({ sentence }: { sentence?: string }) {
  const { t } = useTranslation();
  if (!sentence) return null;
  return (
    <p className="mt-2 text-sm [overflow-wrap:anywhere]">
      <span className="text-ink-2">{t("ask.youAsked")}</span> “<Untrusted text={sentence} />”
    </p>
  );
}

const EFFECTS = [
  "none",
  "read",
  "create",
  "modify",
  "delete",
  "irreversible",
  "fetch",
  "outward",
  "exec",
  "persist",
  "spend",
  "credential",
] as const;

const FOLDED = 14;

/** The exact content or difference, line by line. */
function ExactPreview({ text }: { text: string }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const lines = text.replace(/\n$/, "").split("\n");
  const shown = all ? lines : lines.slice(0, FOLDED);
  return (
    <>
      <h3 className="mt-3 text-xs font-medium text-ink-3">{t("ask.preview")}</h3>
      <Verbatim label={t("ask.preview")} className="mt-1 max-h-96 border bg-canvas py-2">
        {shown.map((line, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text never move
            key={index}
            className={cx("min-h-5 px-3 whitespace-pre-wrap [overflow-wrap:anywhere]", lineLook(line))}
          >
            <Untrusted text={line} lines />
          </div>
        ))}
      </Verbatim>
      {/* It stays when all is shown: the focus of who pressed it by keyboard stays with it, on the card. */}
      {lines.length > FOLDED && (
        <Button look="quiet" size="sm" className="mt-1" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("ask.showLess") : t("ask.showAll", { count: lines.length })}
        </Button>
      )}
    </>
  );
}
