import { TextField } from "~/kit";
import { useTranslation } from "~/messages";
import { LIMITS, type Limit, type Typed } from "./budget";

/** The fields in which limits are typed. */
export function LimitFields(props: {
  values: Typed;
  wrong: readonly Limit[];
  onChange: (values: Typed) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="grid grid-cols-2 gap-4">
      {LIMITS.map((limit) => (
        <TextField
          key={limit}
          label={t(`home.budget.${limit}`)}
          inputMode={limit === "usd" ? "decimal" : "numeric"}
          autoComplete="off"
          value={props.values[limit]}
          error={props.wrong.includes(limit) ? t("home.budget.notNumber") : undefined}
          onChange={(event) => props.onChange({ ...props.values, [limit]: event.target.value })}
        />
      ))}
    </div>
  );
}
