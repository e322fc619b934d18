import { Check, Pencil } from "lucide-react";
import { useState } from "react";
import type { Answer, TargetValue } from "~/api/types";
import { Button, TextField } from "~/kit";
import { useTranslation } from "~/messages";

export interface InsteadProps {
  /** The values the card names. */
  values: readonly Pick<TargetValue, "param" | "kind" | "value">[];
  busy: boolean;
  onAnswer: (answer: Answer) => void;
}

const KINDS = ["address", "account", "path", "url", "other"] as const;

/** Yes, with another value in place of one that the card names. Typed by the person; nothing else changes. */
export function Instead({ values, busy, onAnswer }: InsteadProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<number>();
  const [to, setTo] = useState("");
  const one = chosen === undefined ? undefined : values[chosen];
  const value = to.trim();
  if (values.length === 0) return null;
  return (
    <div className="mt-2">
      <div className="flex flex-wrap gap-2">
        {values.map(({ param, kind, value: from }, index) => (
          <Button
            key={`${param} ${from}`}
            look="quiet"
            size="sm"
            icon={<Pencil aria-hidden />}
            disabled={busy}
            aria-expanded={chosen === index}
            onClick={() => {
              setChosen(chosen === index ? undefined : index);
              setTo(from);
            }}
          >
            {t(`ask.instead.${KINDS.find((known) => known === kind) ?? "other"}`, { param })}
          </Button>
        ))}
      </div>
      {one && (
        <div className="mt-2">
          <TextField
            label={t("ask.instead.label", { param: one.param, value: one.value })}
            hint={t("ask.instead.hint")}
            value={to}
            autoFocus
            maxLength={2048}
            onChange={(event) => setTo(event.target.value)}
          />
          <Button
            className="mt-2"
            icon={<Check aria-hidden />}
            disabled={busy || value === "" || value === one.value}
            onClick={() => onAnswer({ type: "instead", param: one.param, from: one.value, to: value })}
          >
            {t("ask.instead.allow")}
          </Button>
        </div>
      )}
    </div>
  );
}
