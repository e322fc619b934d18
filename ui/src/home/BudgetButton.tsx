import { Gauge } from "lucide-react";
import { useState } from "react";
import type { Budget } from "~/api/types";
import { Button, Dialog, TextField } from "~/kit";
import { useTranslation } from "~/messages";
import { budgetOf, inWords, LIMITS, typed } from "./budget";

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
        className="grid grid-cols-2 gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {LIMITS.map((limit) => (
          <TextField
            key={limit}
            label={t(`home.budget.${limit}`)}
            inputMode={limit === "usd" ? "decimal" : "numeric"}
            autoComplete="off"
            value={values[limit]}
            error={wrong.includes(limit) ? t("home.budget.notNumber") : undefined}
            onChange={(event) => setValues({ ...values, [limit]: event.target.value })}
          />
        ))}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
