import { useId } from "react";
import type { FormField } from "~/api/types";
import { Checkbox, Radios, TextField, Untrusted } from "~/kit";
import { visible } from "~/kit/hidden";
import { useTranslation } from "~/messages";
import type { Entry } from "./fill";

/** More choices than this stand in a list that opens. */
const SEEN_AT_ONCE = 6;

const KINDS: Record<string, string> = {
  email: "email",
  uri: "url",
  date: "date",
  "date-time": "datetime-local",
};

/** One field of a server's form. Its words are the server's. */
export function Field(props: {
  field: FormField;
  entry: Entry;
  error: string | undefined;
  onChange: (entry: Entry) => void;
}) {
  const { field, entry, error, onChange } = props;
  const { t } = useTranslation();
  const id = useId();
  const { input } = field;
  const label = visible(field.required ? field.title : `${field.title} (${t("elicit.optional")})`);
  const about = field.description ? <Untrusted text={field.description} lines /> : undefined;
  if (input.type === "switch") {
    return (
      <Checkbox
        label={<Untrusted text={field.title} />}
        detail={about}
        checked={entry === true}
        onChange={onChange}
      />
    );
  }
  if (input.type !== "choice") {
    const kind = input.type === "text" ? (KINDS[input.format ?? ""] ?? "text") : "text";
    return (
      <TextField
        label={label}
        hint={about}
        error={error ?? null}
        type={kind === "datetime-local" ? "text" : kind}
        inputMode={input.type === "number" ? "decimal" : undefined}
        autoComplete="off"
        value={String(entry)}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  const chosen = typeof entry === "string" ? [entry] : Array.isArray(entry) ? entry : [];
  const words = (
    <>
      {about && <p className="mb-1 text-xs text-ink-3">{about}</p>}
      {error && (
        <p role="alert" className="mt-1 text-xs text-bad">
          {error}
        </p>
      )}
    </>
  );
  if (input.several) {
    const options = input.options;
    return (
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{label}</legend>
        {words}
        <div className="flex flex-col gap-1.5">
          {options.map(({ value, label: shown }) => (
            <Checkbox
              key={value}
              label={<Untrusted text={shown} />}
              checked={chosen.includes(value)}
              onChange={(on) =>
                onChange(
                  options
                    .map((one) => one.value)
                    .filter((one) => (one === value ? on : chosen.includes(one))),
                )
              }
            />
          ))}
        </div>
      </fieldset>
    );
  }
  if (input.options.length <= SEEN_AT_ONCE) {
    const options = input.options.map((one) => ({ value: one.value, title: <Untrusted text={one.label} /> }));
    return (
      <div>
        <Radios label={label} value={chosen[0] ?? ""} onChange={onChange} options={options} />
        {words}
      </div>
    );
  }
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        value={chosen[0] ?? ""}
        onChange={(event) => onChange(event.target.value)}
        className="h-9 w-full rounded-md border border-line-strong/70 bg-surface px-3 text-base"
      >
        <option value="">{t("elicit.choose")}</option>
        {input.options.map((one) => (
          <option key={one.value} value={one.value}>
            {visible(one.label)}
          </option>
        ))}
      </select>
      {words}
    </div>
  );
}
