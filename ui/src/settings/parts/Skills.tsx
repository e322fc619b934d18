import { Sparkles } from "lucide-react";
import { useState } from "react";
import { api } from "~/api/endpoints";
import type { SkillLine } from "~/api/types";
import { Button, Confirm, Dialog, Empty, Loading, ProblemNote, TextField, Untrusted, Verbatim } from "~/kit";
import { useTranslation } from "~/messages";
import { useChange, useSetting } from "../useSetting";

/** Every skill and command there is, and where each is from. */
export function Skills() {
  const { t } = useTranslation();
  const skills = useSetting("skills", api.settings.skills);
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState<SkillLine>();
  if (skills.isPending) return <Loading />;
  if (skills.isError) return <ProblemNote error={skills.error} />;
  if (skills.data.length === 0) {
    return (
      <Empty icon={<Sparkles aria-hidden />} title={t("settings.skills.none")}>
        {t("settings.skills.noneAbout")}
      </Empty>
    );
  }
  const wanted = query.trim().toLocaleLowerCase();
  const found = skills.data.filter(({ name, about, from }) =>
    `${name} ${about} ${from}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <>
      <TextField
        label={t("settings.skills.search")}
        type="search"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      {found.length === 0 && <p className="mt-3 text-sm text-ink-3">{t("settings.skills.noMatch")}</p>}
      {found.length > 0 && (
        <ul className="mt-4 divide-y rounded-lg border bg-surface">
          {found.map((skill) => (
            <li key={`${skill.from} ${skill.name}`} className="flex items-start gap-3 px-4 py-2.5">
              <Words skill={skill} />
              <Button
                size="sm"
                aria-label={`${t("settings.skills.show")} ${skill.name}`}
                onClick={() => setShown(skill)}
              >
                {t("settings.skills.show")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Notes />
      {shown && <SkillDialog skill={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

/** Names that mean another skill, and what cannot be used. */
function Notes() {
  const { t } = useTranslation();
  const notes = useSetting("skills notes", api.settings.skillNotes);
  if (!notes.data || notes.data.length === 0) return null;
  return (
    <section className="mt-6">
      <h3 className="text-sm font-semibold">{t("settings.skills.notes")}</h3>
      <ul className="mt-1 list-disc pl-5 text-sm text-ink-2">
        {notes.data.map(({ place, message }) => (
          <li key={`${place} ${message}`} className="[overflow-wrap:anywhere]">
            <Untrusted text={message} />{" "}
            <span className="text-xs text-ink-3">
              <Untrusted text={place} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Words({ skill }: { skill: SkillLine }) {
  const { t } = useTranslation();
  const marks = [
    !skill.trusted && t("settings.skills.notTrusted"),
    !skill.for_person && t("settings.skills.onlyModel"),
    !skill.for_model && t("settings.skills.onlyPerson"),
  ].filter((mark) => mark !== false);
  return (
    <div className="min-w-0 flex-1">
      <p className="text-sm font-medium [overflow-wrap:anywhere]">
        <Untrusted text={skill.for_person ? `/${skill.name}` : skill.name} />{" "}
        {skill.arguments && (
          <span className="font-normal text-ink-3">
            <Untrusted text={skill.arguments} />
          </span>
        )}
      </p>
      <p className="line-clamp-3 text-sm text-ink-2">
        <Untrusted text={skill.about} />
      </p>
      <p className="text-xs text-ink-3">
        {skill.from === "bundled"
          ? t("settings.skills.bundled")
          : t("settings.skills.from", { from: skill.from })}
        {marks.map((mark) => ` · ${mark}`)}
      </p>
    </div>
  );
}

function SkillDialog({ skill, onClose }: { skill: SkillLine; onClose: () => void }) {
  const { name, from } = skill;
  const { t } = useTranslation();
  const page = useSetting(`skill ${from} ${name}`, () => api.settings.skill({ name, from }));
  const [asking, setAsking] = useState(false);
  const trust = useChange(api.settings.trustSkill);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="lg"
      title={name}
      about={page.data && <Untrusted text={page.data.skill.about} />}
      actions={
        <>
          <Button onClick={onClose}>{t("kit.close")}</Button>
          {page.data && !page.data.skill.trusted && (
            <Button look="primary" onClick={() => setAsking(true)}>
              {t("settings.skills.trust")}
            </Button>
          )}
        </>
      }
    >
      {page.isPending && <Loading />}
      {page.isError && <ProblemNote error={page.error} />}
      {page.data && (
        <>
          <p className="mb-2 text-xs text-ink-3 [overflow-wrap:anywhere]">
            {t("settings.skills.file")}: <Untrusted text={page.data.file} />
          </p>
          <Verbatim label={name} className="bg-sunken p-3 whitespace-pre-wrap">
            <Untrusted text={page.data.text.trim()} lines />
          </Verbatim>
          {trust.isError && <ProblemNote error={trust.error} className="mt-2" />}
          <Confirm
            open={asking}
            onOpenChange={setAsking}
            title={t("settings.skills.trustAsk")}
            action={t("settings.skills.trust")}
            onConfirm={async () => void (await trust.mutateAsync({ name, from, hash: page.data.hash }))}
          >
            {t("settings.skills.trustAbout")}
          </Confirm>
        </>
      )}
    </Dialog>
  );
}
