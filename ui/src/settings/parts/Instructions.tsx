import { useState } from "react";
import { api } from "~/api/endpoints";
import type { InstructionFile } from "~/api/types";
import { Button, Confirm, Loading, ProblemNote, TextArea, toast, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { useDraft } from "../drafts";
import { useChange, useSetting } from "../useSetting";

/** What every task is told: the person's own words, and files in folders that were trusted. */
export function Instructions() {
  const { t } = useTranslation();
  const shown = useSetting("instructions", api.settings.instructions);
  if (shown.isPending) return <Loading />;
  if (shown.isError) return <ProblemNote error={shown.error} />;
  return (
    <>
      <Own text={shown.data.global} />
      <h2 className="mt-8 text-base font-semibold">{t("settings.instructions.files")}</h2>
      <p className="mt-1 text-sm text-ink-2">{t("settings.instructions.filesAbout")}</p>
      {shown.data.files.length === 0 && (
        <p className="mt-3 text-sm text-ink-3">{t("settings.instructions.noFiles")}</p>
      )}
      <ul className="mt-3 flex flex-col gap-3">
        {shown.data.files.map((file) => (
          <li key={file.file}>
            <File file={file} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Own({ text }: { text: string }) {
  const { t } = useTranslation();
  const draft = useDraft("instructions", text);
  const change = useChange(api.settings.setInstructions);
  const save = async () => {
    await change.mutateAsync(draft.text);
    draft.drop();
    toast({ level: "ok", text: t("settings.saved") });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save().catch(() => {});
      }}
    >
      <TextArea
        label={t("settings.instructions.own")}
        hint={t("settings.instructions.ownAbout")}
        rows={7}
        value={draft.text}
        onChange={(event) => draft.set(event.target.value)}
      />
      {change.isError && <ProblemNote error={change.error} className="mt-2" />}
      <div className="mt-3 flex gap-2">
        <Button type="submit" look="primary" disabled={!draft.unsaved} busy={change.isPending}>
          {t("settings.save")}
        </Button>
        {draft.unsaved && <Button onClick={() => draft.drop()}>{t("settings.discard")}</Button>}
      </div>
    </form>
  );
}

function File({ file }: { file: InstructionFile }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const trust = useChange(api.settings.trust);
  return (
    <div className="rounded-lg border bg-surface p-4">
      <div className="flex items-center gap-2">
        <p className="min-w-0 flex-1 truncate text-sm font-medium" title={file.file}>
          <Untrusted text={file.file} />
        </p>
        {file.trusted ? (
          <span className="rounded-sm bg-ok-soft px-1.5 text-xs text-ok">
            {t("settings.instructions.inForce")}
          </span>
        ) : (
          <Button size="sm" onClick={() => setAsking(true)}>
            {t("settings.instructions.trust")}
          </Button>
        )}
      </div>
      <Verbatim label={file.file} className="mt-2 max-h-48 bg-sunken p-3 whitespace-pre-wrap">
        <Untrusted text={file.text} lines />
      </Verbatim>
      {trust.isError && <ProblemNote error={trust.error} className="mt-2" />}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("settings.instructions.trustAsk")}
        action={t("settings.instructions.trust")}
        onConfirm={async () => void (await trust.mutateAsync({ file: file.file, hash: file.hash }))}
      >
        {t("settings.instructions.trustAbout")}
      </Confirm>
    </div>
  );
}
