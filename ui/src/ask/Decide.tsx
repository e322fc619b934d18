import { Check, X } from "lucide-react";
import { useState } from "react";
import type { Answer } from "~/api/types";
import { Button, TextField } from "~/kit";
import { useTranslation } from "~/messages";
import { Instead, type InsteadProps } from "./Instead";

/** Yes or no. Nothing is chosen beforehand, and no key chooses for the person. */
export function Decide(props: {
  busy: boolean;
  allow: string;
  /** Values the person may replace. */
  values?: InsteadProps["values"];
  onAnswer: (answer: Answer) => void;
}) {
  const { t } = useTranslation();
  const [why, setWhy] = useState<string>();
  const deny = () => props.onAnswer({ type: "deny", reason: why?.trim() || null });
  return (
    <div className="mt-4">
      {why !== undefined && (
        <TextField
          className="mb-3"
          label={t("ask.reason")}
          hint={t("ask.reasonHint")}
          value={why}
          autoFocus
          maxLength={500}
          onChange={(event) => setWhy(event.target.value)}
        />
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          icon={<Check aria-hidden />}
          look="primary"
          disabled={props.busy}
          onClick={() => props.onAnswer({ type: "allow" })}
        >
          {props.allow}
        </Button>
        <Button icon={<X aria-hidden />} disabled={props.busy} onClick={deny}>
          {why === undefined ? t("ask.deny") : t("ask.denyWith")}
        </Button>
        {why === undefined && (
          <Button look="quiet" disabled={props.busy} onClick={() => setWhy("")}>
            {t("ask.giveReason")}
          </Button>
        )}
      </div>
      <Instead values={props.values ?? []} busy={props.busy} onAnswer={props.onAnswer} />
    </div>
  );
}
