import { useState } from "react";
import { api } from "~/api/endpoints";
import { Button, Checkbox, Confirm, Dialog, ProblemNote, Radios, TextField } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange } from "../useSetting";
import { type ProviderForm, payloadOf, type Wrong, wrongWith } from "./provider";

/** Sets a provider up, or changes it. Nothing typed is lost when it cannot be saved. */
export function ProviderDialog(props: {
  form: ProviderForm;
  fresh: boolean;
  taken: readonly string[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [form, setForm] = useState(props.form);
  const [wrong, setWrong] = useState<Wrong>({});
  const [asking, setAsking] = useState(false);
  const save = useChange((what: ProviderForm) => api.settings.setModel(what.id.trim(), payloadOf(what)));
  const remove = useChange(api.settings.removeModel);
  const set = (part: Partial<ProviderForm>) => setForm((now) => ({ ...now, ...part }));
  const submit = async () => {
    const found = wrongWith(form);
    setWrong(found);
    if (Object.keys(found).length > 0) return;
    await save.mutateAsync(form);
    props.onClose();
  };
  const words = (field: keyof Wrong) => {
    const what = wrong[field];
    return what && t(`settings.models.wrong.${what}`);
  };
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      title={props.fresh ? t("settings.models.add") : t("settings.models.changeTitle", { id: props.form.id })}
      actions={
        <>
          {!props.fresh && (
            <Button look="danger" className="mr-auto" onClick={() => setAsking(true)}>
              {t("settings.models.remove")}
            </Button>
          )}
          <Button onClick={props.onClose}>{t("kit.cancel")}</Button>
          <Button look="primary" busy={save.isPending} onClick={() => void submit().catch(() => {})}>
            {t("settings.save")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
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
          hint={t(`settings.models.addressAbout.${form.kind === "openai" ? "openai" : "other"}`)}
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
        <Checkbox
          label={t("settings.models.makeDefault")}
          checked={form.default}
          onChange={(makeDefault) => set({ default: makeDefault })}
        />
        {save.isError && <ProblemNote error={save.error} />}
        {remove.isError && <ProblemNote error={remove.error} />}
      </div>
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
