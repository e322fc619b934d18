import { useId, useState } from "react";
import { api } from "~/api/endpoints";
import type { BundlePage, BundleSetting } from "~/api/types";
import { Button, Checkbox, Dialog, ProblemNote, TextArea, TextField, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange } from "../useSetting";

type Values = Record<string, string>;

/** What is sent: lists by line, and nothing for what was left empty. */
export function valuesOf(settings: readonly BundleSetting[], values: Values): Record<string, unknown> {
  const sent: Record<string, unknown> = {};
  for (const { key, multiple, kind } of settings) {
    const value = values[key];
    if (value === undefined || value === "") continue;
    if (multiple) sent[key] = value.split("\n").filter((line) => line.trim() !== "");
    else sent[key] = kind === "boolean" ? value === "true" : value;
  }
  return sent;
}

/** Installs a bundle: what it says of itself, what it asks for, what will run, and then yes or no. */
export function BundleDialog(props: {
  bundle: BundlePage;
  onClose: () => void;
  onAdded: (name: string) => void;
}) {
  const { t } = useTranslation();
  const [values, setValues] = useState<Values>({});
  const [name, setName] = useState(props.bundle.name);
  const [network, setNetwork] = useState(false);
  const [reviewed, setReviewed] = useState<BundlePage>();
  const id = useId();
  const { bundle } = props;
  const review = useChange(api.settings.reviewBundle);
  const install = useChange(api.settings.installBundle);
  const what = () => ({ id: bundle.id, name, network, values: valuesOf(bundle.settings, values) });
  const change = (key: string, value: string) => {
    setReviewed(undefined);
    setValues((now) => ({ ...now, [key]: value }));
  };
  const missing = new Set(reviewed?.missing);
  const ready = reviewed !== undefined && reviewed.command !== "" && reviewed.obstacles.length === 0;
  const submit = async () => {
    if (ready) props.onAdded((await install.mutateAsync(what())).connector.name);
    else setReviewed(await review.mutateAsync(what()));
  };
  const words = "settings.connectors.bundle" as const;
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      size="lg"
      title={t(`${words}.title`)}
      actions={
        <>
          <Button onClick={props.onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" form={id} look="primary" busy={review.isPending || install.isPending}>
            {t(ready ? `${words}.install` : `${words}.review`)}
          </Button>
        </>
      }
    >
      <p className="font-medium">
        <Untrusted text={`${bundle.title} ${bundle.version}`} />
      </p>
      <p className="text-sm text-ink-2">
        <Untrusted text={bundle.description} />
      </p>
      <p className="mt-1 text-xs text-ink-3">
        {t(`${words}.by`)} <Untrusted text={bundle.author} /> ·{" "}
        {t(bundle.signed ? `${words}.signed` : `${words}.unsigned`)}
      </p>
      {[...bundle.obstacles, ...bundle.notes].map((note) => (
        <p key={note} className="mt-1 text-xs text-warn">
          <Untrusted text={note} />
        </p>
      ))}
      <form
        id={id}
        noValidate
        className="mt-4 flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit().catch(() => {});
        }}
      >
        <TextField
          label={t("settings.connectors.dialog.name")}
          value={name}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setReviewed(undefined);
            setName(event.target.value);
          }}
        />
        {bundle.settings.map((setting) => (
          <Setting
            key={setting.key}
            setting={setting}
            value={values[setting.key]}
            missing={missing.has(setting.key)}
            onChange={(value) => change(setting.key, value)}
          />
        ))}
        <Checkbox
          label={t("settings.connectors.dialog.network")}
          detail={t("settings.connectors.dialog.networkAbout")}
          checked={network}
          onChange={(wanted) => {
            setReviewed(undefined);
            setNetwork(wanted);
          }}
        />
      </form>
      {reviewed?.wrong && (
        <p role="alert" className="mt-3 text-sm text-bad">
          <Untrusted text={reviewed.wrong} />
        </p>
      )}
      {reviewed && reviewed.command !== "" && (
        <div className="mt-4" role="status">
          <p className="mb-1 text-xs text-ink-3">{t("settings.connectors.dialog.willRun")}</p>
          <Verbatim label={t("settings.connectors.dialog.willRun")} className="bg-sunken p-3">
            <span className="[overflow-wrap:anywhere]">
              <Untrusted text={reviewed.command} />
            </span>
          </Verbatim>
          {reviewed.access && (
            <p className="mt-1 text-xs text-ink-2 [overflow-wrap:anywhere]">{reviewed.access}</p>
          )}
        </div>
      )}
      {review.isError && <ProblemNote error={review.error} className="mt-3" />}
      {install.isError && <ProblemNote error={install.error} className="mt-3" />}
    </Dialog>
  );
}

function Setting(props: {
  setting: BundleSetting;
  value: string | undefined;
  missing: boolean;
  onChange: (value: string) => void;
}) {
  const { t } = useTranslation();
  const { setting, value, onChange } = props;
  const words = "settings.connectors.bundle" as const;
  const label = setting.required ? `${setting.title} *` : setting.title;
  if (setting.kind === "boolean") {
    return (
      <Checkbox
        label={label}
        detail={setting.about}
        checked={(value ?? setting.fallback) === "true"}
        onChange={(yes) => onChange(String(yes))}
      />
    );
  }
  const hint = [
    setting.about,
    setting.kind === "directory" || setting.kind === "file" ? t(`${words}.${setting.kind}`) : "",
    setting.multiple ? t(`${words}.multiple`) : "",
    setting.secret ? t(`${words}.secret`) : "",
    setting.range,
  ]
    .filter((part) => part !== "")
    .join(" · ");
  const all = {
    label,
    hint: <Untrusted text={hint} />,
    value: value ?? "",
    error: props.missing ? t(`${words}.needed`) : undefined,
    placeholder: setting.fallback,
    spellCheck: false,
  };
  return setting.multiple && !setting.secret ? (
    <TextArea {...all} rows={2} onChange={(event) => onChange(event.target.value)} />
  ) : (
    <TextField
      {...all}
      type={setting.secret ? "password" : "text"}
      autoComplete="off"
      inputMode={setting.kind === "number" ? "decimal" : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
