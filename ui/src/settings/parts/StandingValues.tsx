import { Link } from "wouter";
import { api } from "~/api/endpoints";
import type { StandingValue } from "~/api/types";
import { dateAndTime } from "~/format/numbers";
import { Button, Loading, ProblemNote, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";

/** What was allowed for good on a card, in which task, and how to take it back. */
export function StandingValues() {
  const { t } = useTranslation();
  const values = useSetting("values", api.settings.values);
  const withdraw = useChange(api.settings.withdrawValue);
  return (
    <section aria-labelledby="standing-values" className="mt-8">
      <h2 id="standing-values" className="text-base font-semibold">
        {t("settings.policy.values")}
      </h2>
      <p className="mt-1 mb-3 text-sm text-ink-2">{t("settings.policy.valuesAbout")}</p>
      {withdraw.isError && <ProblemNote error={withdraw.error} className="mb-3" />}
      {values.isPending && <Loading />}
      {values.isError && <ProblemNote error={values.error} />}
      {values.data?.length === 0 && <p className="text-sm text-ink-3">{t("settings.policy.noValues")}</p>}
      {values.data && values.data.length > 0 && (
        <ul className="divide-y rounded-lg border bg-surface">
          {values.data.map((value) => (
            <li key={value.id} className="flex items-start gap-3 px-4 py-2.5 text-sm">
              <Line value={value} />
              <Button
                size="sm"
                busy={withdraw.isPending && withdraw.variables === value.id}
                aria-label={t("settings.policy.withdraw", { value: value.value })}
                onClick={() => withdraw.mutate(value.id)}
              >
                {t("settings.policy.withdrawShort")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ value }: { value: StandingValue }) {
  const { t } = useTranslation();
  const { task, title } = value;
  return (
    <div className="min-w-0 flex-1">
      <p className="font-medium [overflow-wrap:anywhere]">
        <Untrusted text={value.value} />
      </p>
      <p className="text-xs text-ink-3">
        {value.effect === "fetch" ? t("settings.policy.toFetch") : t("settings.policy.toSend")}
        {" · "}
        <time dateTime={new Date(value.since).toISOString()}>{dateAndTime(value.since)}</time>
        {" · "}
        {task && title ? (
          <>
            {t("settings.policy.inTask")}{" "}
            <Link href={`/tasks/${task}`} className="text-accent-ink underline">
              <Untrusted text={title} />
            </Link>
          </>
        ) : (
          t("settings.policy.inNoTask")
        )}
      </p>
    </div>
  );
}
