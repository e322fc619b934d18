import { Link } from "wouter";
import { api } from "~/api/endpoints";
import type { PolicyTrial } from "~/api/types";
import { Button, Loading, Note, ProblemNote, TextArea, toast, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { useDraft } from "../drafts";
import { useChange, useSetting } from "../useSetting";
import { ManagedRules } from "./ManagedRules";
import { Rules, Verdict } from "./Rules";
import { StandingValues } from "./StandingValues";

/** The rules in force, the person's own and what they would have changed, and what was allowed for good. */
export function Policy() {
  const { t } = useTranslation();
  const policy = useSetting("policy", api.settings.policy);
  if (policy.isPending) return <Loading />;
  if (policy.isError) return <ProblemNote error={policy.error} />;
  return (
    <>
      <Own own={policy.data.own} />
      <StandingValues />
      <ManagedRules files={policy.data.managed ?? []} rules={policy.data.rules} />
      <h2 className="mt-8 text-base font-semibold">{t("settings.policy.inForce")}</h2>
      <p className="mt-1 mb-3 text-sm text-ink-2">{t("settings.policy.inForceAbout")}</p>
      <Rules rules={policy.data.rules} />
    </>
  );
}

function Own({ own }: { own: string }) {
  const { t } = useTranslation();
  const draft = useDraft("policy", own);
  const { text } = draft;
  const change = useChange(api.settings.setPolicy);
  const rehearse = useChange(api.settings.tryPolicy);
  const save = async () => {
    await change.mutateAsync(text);
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
        label={t("settings.policy.own")}
        hint={t("settings.policy.ownAbout")}
        mono
        rows={10}
        spellCheck={false}
        placeholder={t("settings.policy.example")}
        value={text}
        onChange={(event) => draft.set(event.target.value)}
      />
      {change.isError && <ProblemNote error={change.error} className="mt-2" />}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={!draft.unsaved} busy={change.isPending}>
          {t("settings.save")}
        </Button>
        <Button busy={rehearse.isPending} onClick={() => rehearse.mutate(text)}>
          {t("settings.policy.try")}
        </Button>
        {draft.unsaved && <Button onClick={() => draft.drop()}>{t("settings.discard")}</Button>}
      </div>
      {rehearse.isError && <ProblemNote error={rehearse.error} className="mt-3" />}
      {rehearse.data && <Trial trial={rehearse.data} />}
    </form>
  );
}

function Trial({ trial }: { trial: PolicyTrial }) {
  const { t } = useTranslation();
  if (trial.error) return <Note level="error" role="alert" className="mt-3" title={trial.error} />;
  return (
    <div role="status" className="mt-3 rounded-lg border p-4 text-sm">
      <p className="font-medium">
        {t("settings.policy.judged", { count: trial.judged })}{" "}
        {t("settings.policy.different", { count: trial.different.length })}
      </p>
      <ul className="mt-2 flex flex-col gap-1.5">
        {trial.different.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that is only shown
          <li key={index} className="flex flex-wrap items-center gap-2">
            <Verdict word={one.before} />
            <span aria-hidden>→</span>
            <Verdict word={one.after} />
            <span className="min-w-0 flex-1">
              <Untrusted text={one.summary} />{" "}
              <Link href={`/tasks/${one.task}`} className="text-accent-ink underline">
                {one.title}
              </Link>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
