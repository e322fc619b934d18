import { Gauge } from "lucide-react";
import { useState } from "react";
import type { Budget } from "~/api/types";
import { Button, Dialog } from "~/kit";
import { useTranslation } from "~/messages";
import { budgetOf, inWords, typed } from "./budget";
import { LimitFields } from "./LimitFields";

/** Hard limits of a task. */
export function BudgetButton({ budget, onChange }: { budget: Budget; onChange: (budget: Budget) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const limits = inWords(budget, t);
  return (
    <>
      <button
        type="button"
        aria-label={limits === "" ? t("home.budget.open") : t("home.budget.set", { limits })}
        onClick={() => setOpen(true)}
        className="flex h-8 items-center gap-1.5 rounded-md px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink [&_svg]:size-4"
      >
        <Gauge aria-hidden />
        {limits === "" ? t("home.budget.open") : limits}
      </button>
      {open && <Limits budget={budget} onChange={onChange} onClose={() => setOpen(false)} />}
    </>
  );
}

function Limits(props: { budget: Budget; onChange: (budget: Budget) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState(() => typed(props.budget));
  const { budget, wrong } = budgetOf(values);
  const save = () => {
    if (wrong.length > 0) return;
    props.onChange(budget);
    props.onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      size="sm"
      title={t("home.budget.title")}
      about={t("home.budget.about")}
      actions={
        <>
          <Button onClick={props.onClose}>{t("kit.cancel")}</Button>
          <Button look="primary" disabled={wrong.length > 0} onClick={save}>
            {t("home.budget.save")}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <LimitFields values={values} wrong={wrong} onChange={setValues} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
