import type { Cost } from "~/api/types";
import { dollars, number, shortNumber, span } from "~/format/numbers";
import { cx } from "~/kit";
import { useTranslation } from "~/messages";
import { type Meter, metersOf } from "./meters";
import { Section } from "./Section";

/** What it used, and how much of its limits. */
export function CostPart({ cost }: { cost: Cost }) {
  const { t } = useTranslation();
  const tokens = cost.input_tokens + cost.cached_tokens + cost.output_tokens;
  const free = tokens === 0 && cost.usd === 0;
  return (
    <Section title={t("task.rail.cost")} note={free ? undefined : dollars(cost.usd)}>
      <div className="flex flex-col gap-1 text-sm text-ink-2">
        {free ? (
          <p>{t("task.rail.costNone")}</p>
        ) : (
          <p>
            {t("task.rail.tokens", {
              input: shortNumber(cost.input_tokens + cost.cached_tokens),
              cached: shortNumber(cost.cached_tokens),
              output: shortNumber(cost.output_tokens),
            })}
          </p>
        )}
        <p>
          {t("task.rail.turns", { count: cost.turns })} ·{" "}
          {t("task.rail.worked", { time: span(cost.worked_ms, t) })}
        </p>
        {cost.incomplete && <p className="text-warn">{t("task.rail.costIncomplete")}</p>}
        {metersOf(cost).map((meter) => (
          <MeterBar key={meter.limit} meter={meter} />
        ))}
      </div>
    </Section>
  );
}

function MeterBar({ meter }: { meter: Meter }) {
  const { t } = useTranslation();
  const part = Math.min(1, meter.used / meter.most);
  const name = t(`task.rail.meterName.${meter.limit}`);
  const show = (value: number) =>
    meter.limit === "usd"
      ? dollars(value)
      : meter.limit === "minutes"
        ? number(Math.round(value))
        : shortNumber(value);
  const words = t("task.rail.meter", { used: show(meter.used), limit: show(meter.most) });
  return (
    <div className="mt-1.5">
      <div className="flex justify-between text-xs">
        <span>{name}</span>
        <span className="text-ink-3 tabular-nums">{words}</span>
      </div>
      <div
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={meter.most}
        aria-valuenow={Math.min(meter.used, meter.most)}
        aria-valuetext={words}
        className="mt-1 h-1.5 overflow-hidden rounded-full bg-hover"
      >
        <div
          className={cx("h-full rounded-full", part > 0.9 ? "bg-bad" : part > 0.7 ? "bg-warn" : "bg-accent")}
          style={{ width: `${part * 100}%` }}
        />
      </div>
    </div>
  );
}
