import { useId, useRef, useState } from "react";
import { api } from "~/api/endpoints";
import { Button, Checkbox, Confirm, Dialog, ProblemNote, Radios, TextField } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange } from "../useSetting";
import {
  PRESETS,
  type Preset,
  type ProviderForm,
  payloadOf,
  presetOf,
  type Wrong,
  withPreset,
  wrongWith,
} from "./provider";

/** Sets a provider up, or changes it. Nothing typed is lost when it cannot be saved. */
export function ProviderDialog(props: {
  form: ProviderForm;
  fresh: boolean;
  taken: readonly string[];
  /** Whether its key is in the keychain now. */
  inKeychain: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [form, setForm] = useState(props.form);
  const [wrong, setWrong] = useState<Wrong>({});
  const [asking, setAsking] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const id = useId();
  const frame = useRef<HTMLFormElement>(null);
  const save = useChange((what: ProviderForm) => api.settings.setModel(what.id.trim(), payloadOf(what)));
  const remove = useChange(api.settings.removeModel);
  const set = (part: Partial<ProviderForm>) => setForm((now) => ({ ...now, ...part }));
  const typed = JSON.stringify(form) !== JSON.stringify(props.form);
  const close = () => (typed ? setLeaving(true) : props.onClose());
  const submit = async () => {
    const found = wrongWith(form, props.fresh ? props.taken : []);
    setWrong(found);
    if (Object.keys(found).length > 0) {
      // Where the first thing is to be put right.
      setTimeout(() => frame.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    await save.mutateAsync(form);
    props.onClose();
  };
  const kind = form.kind === "foundry" || form.kind === "anthropic" ? form.kind : "openai";
  const words = (field: keyof Wrong) => {
    const what = wrong[field];
    return what && t(`settings.models.wrong.${what}`);
  };
  return (
    <Dialog
      open
      onOpenChange={close}
      title={props.fresh ? t("settings.models.add") : t("settings.models.changeTitle", { id: props.form.id })}
      actions={
        <>
          {!props.fresh && (
            <Button look="danger" className="mr-auto" onClick={() => setAsking(true)}>
              {t("settings.models.remove")}
            </Button>
          )}
          <Button onClick={close}>{t("kit.cancel")}</Button>
          <Button type="submit" form={id} look="primary" busy={save.isPending}>
            {t("settings.save")}
          </Button>
        </>
      }
    >
      <form
        id={id}
        ref={frame}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit().catch(() => {});
        }}
      >
        {props.fresh && (
          <>
            <Radios
              label={t("settings.models.kind")}
              value={form.kind as "openai" | "anthropic" | "foundry"}
              onChange={(kind) => set({ kind })}
              options={(["openai", "anthropic", "foundry"] as const).map((value) => ({
                value,
                title: t(`settings.models.kinds.${value}.title`),
                detail: t(`settings.models.kinds.${value}.detail`),
              }))}
            />
            {form.kind === "openai" && (
              <Radios
                label={t("settings.models.presets")}
                hideLabel
                value={presetOf(form)}
                onChange={(preset) => setForm((now) => withPreset(now, preset))}
                options={([...Object.keys(PRESETS), "other"] as Preset[]).map((value) => ({
                  value,
                  title: t(`settings.models.preset.${value}`),
                }))}
              />
            )}
            <TextField
              label={t("settings.models.name")}
              hint={t("settings.models.nameAbout")}
              value={form.id}
              error={words("id")}
              onChange={(event) => set({ id: event.target.value })}
            />
          </>
        )}
        <TextField
          label={t("settings.models.address")}
          hint={t(`settings.models.addressAbout.${kind}`)}
          value={form.base_url}
          error={words("base_url")}
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => set({ base_url: event.target.value })}
        />
        <TextField
          label={t("settings.models.model")}
          hint={t("settings.models.modelAbout")}
          value={form.model}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => set({ model: event.target.value })}
        />
        <TextField
          label={t("settings.models.keyField")}
          hint={t("settings.models.keyAbout")}
          type="password"
          autoComplete="off"
          value={form.key}
          onChange={(event) => set({ key: event.target.value })}
        />
        {props.inKeychain && form.key === "" && (
          <Checkbox
            label={t("settings.models.removeKey")}
            checked={form.removeKey}
            onChange={(removeKey) => set({ removeKey })}
          />
        )}
        <Checkbox
          label={t("settings.models.makeDefault")}
          checked={form.default}
          onChange={(makeDefault) => set({ default: makeDefault })}
        />
        {save.isError && <ProblemNote error={save.error} />}
        {remove.isError && <ProblemNote error={remove.error} />}
      </form>
      <Confirm
        open={leaving}
        onOpenChange={setLeaving}
        title={t("settings.models.close")}
        action={t("settings.models.closeAction")}
        onConfirm={props.onClose}
      >
        {t("settings.models.closeAbout")}
      </Confirm>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        danger
        title={t("settings.models.removeAsk")}
        action={t("settings.models.remove")}
        onConfirm={async () => {
          await remove.mutateAsync(props.form.id);
          props.onClose();
        }}
      >
        {t("settings.models.removeAbout")}
      </Confirm>
    </Dialog>
  );
}
