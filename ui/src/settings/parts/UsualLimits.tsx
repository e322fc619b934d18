import { useState } from "react";
import { api } from "~/api/endpoints";
import type { Budget } from "~/api/types";
import { budgetOf, typed } from "~/home/budget";
import { LimitFields } from "~/home/LimitFields";
import { Button, ProblemNote, toast } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";

/** The limits of new tasks that name none. */
export function UsualLimits() {
  const { t } = useTranslation();
  const budget = useSetting("budget", api.settings.budget);
  return (
    <section aria-label={t("settings.usage.limits")} className="mt-8">
      <h2 className="text-base font-semibold">{t("settings.usage.limits")}</h2>
      <p className="mt-1 text-sm text-ink-2">{t("settings.usage.limitsAbout")}</p>
      {budget.isError && <ProblemNote error={budget.error} className="mt-3" />}
      {budget.data && <Form key={JSON.stringify(budget.data)} budget={budget.data} />}
    </section>
  );
}

function Form({ budget }: { budget: Budget }) {
  const { t } = useTranslation();
  const [values, setValues] = useState(() => typed(budget));
  const save = useChange(api.settings.setBudget);
  const { budget: wanted, wrong } = budgetOf(values);
  const changed = JSON.stringify(values) !== JSON.stringify(typed(budget));
  return (
    <form
      className="mt-3 flex flex-col gap-4 rounded-lg border bg-surface p-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong.length > 0) return;
        save.mutate(wanted, { onSuccess: () => toast({ level: "ok", text: t("settings.saved") }) });
      }}
    >
      <LimitFields values={values} wrong={wrong} onChange={setValues} />
      {save.isError && <ProblemNote error={save.error} />}
      <Button
        type="submit"
        className="self-start"
        busy={save.isPending}
        disabled={!changed || wrong.length > 0}
      >
        {t("settings.save")}
      </Button>
    </form>
  );
}
