import { useMutation, useQuery } from "@tanstack/react-query";
import { FlaskConical, Sparkle } from "lucide-react";
import { useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { api } from "~/api/endpoints";
import { keys, useAppState } from "~/api/queries";
import type { AppState, Starter } from "~/api/types";
import type { TextBoxHandle } from "~/composer/TextBox";
import { Button, Loading, Note, ProblemNote, toast } from "~/kit";
import { useTranslation } from "~/messages";
import { onIntent } from "~/shell/later";
import { useTitle } from "~/shell/Page";
import { changeDraft, draft } from "./draft";
import { FolderDialog, NewTask } from "./NewTask";
import { Proposed } from "./Proposed";

/** The start page: one place to write, and good first tasks. */
export function Home() {
  const { t } = useTranslation();
  const state = useAppState();
  useTitle(t("home.pageTitle"));
  if (state.isPending) return <Loading />;
  if (state.isError) return <ProblemNote error={state.error} className="m-6" />;
  return <Start state={state.data} />;
}

function Start({ state }: { state: AppState }) {
  const { t } = useTranslation();
  const box = useRef<TextBoxHandle>(null);
  const [choosingFolder, setChoosingFolder] = useState(false);
  const ofPlugins = useQuery({ queryKey: keys.settings("starters"), queryFn: api.starters });
  const starters = [...state.starters, ...(ofPlugins.data ?? [])];
  const begin = (starter: Starter) => {
    const needs = starter.needs_folder && draft.get().folders.length + state.standing_folders.length === 0;
    if (needs) setChoosingFolder(true);
    else box.current?.focus();
  };
  const choose = (starter: Starter) => {
    const { text } = draft.get();
    changeDraft({ text: starter.prompt });
    // Another starter's words are no loss.
    if (text.trim() !== "" && !starters.some(({ prompt }) => prompt === text))
      toast({
        level: "info",
        text: t("home.starters.replaced"),
        action: { label: t("home.starters.putBack"), run: () => changeDraft({ text }) },
      });
    begin(starter);
  };
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex min-h-full max-w-3xl flex-col justify-center px-4 py-8 sm:px-8">
        {state.first_run ? (
          <Welcome />
        ) : (
          <h1 className="mb-5 text-2xl font-semibold tracking-tight">{t("home.title")}</h1>
        )}
        <Proposed personal={state.personal_folder} />
        <NewTask
          state={state}
          box={box}
          choosingFolder={choosingFolder}
          onChoosingFolder={setChoosingFolder}
          onStarter={begin}
        />
        {!state.sandbox.ready && (
          <Note
            level="info"
            className="mt-3"
            title={t("home.sandbox", { detail: state.sandbox.detail })}
            actions={
              <Link href="/settings/sandbox" className="text-sm font-medium underline underline-offset-2">
                {t("home.sandboxMore")}
              </Link>
            }
          >
            {state.sandbox.hint}
          </Note>
        )}
        {starters.length > 0 && (
          <section aria-labelledby="starters" className="mt-8">
            <h2 id="starters" className="mb-2 text-sm font-medium text-ink-2">
              {t("home.starters.title")}
            </h2>
            <ul className="grid gap-2 sm:grid-cols-2">
              {starters.map((starter) => (
                <li key={starter.id}>
                  <StarterCard starter={starter} onChoose={() => choose(starter)} />
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </div>
  );
}

function StarterCard({ starter, onChoose }: { starter: Starter; onChoose: () => void }) {
  const { t } = useTranslation();
  const from =
    starter.from === "recipe" ? t("home.starters.recipe") : t("home.starters.from", { name: starter.from });
  return (
    <button
      type="button"
      onClick={onChoose}
      // One that needs a folder asks for it at once.
      {...onIntent(FolderDialog)}
      className="flex h-full w-full flex-col rounded-lg border bg-surface px-4 py-3 text-left transition-colors hover:border-line-strong"
    >
      <span className="text-sm font-medium">{starter.title}</span>
      <span className="mt-0.5 flex-1 text-sm text-ink-2">{starter.detail}</span>
      <span className="mt-2 text-xs text-ink-3">{from}</span>
    </button>
  );
}

/** The very first time: one click to see what it is. */
function Welcome() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const demo = useMutation({ mutationFn: api.demo, onSuccess: ({ id }) => navigate(`/tasks/${id}`) });
  return (
    <section className="mb-8">
      <h1 className="text-2xl font-semibold tracking-tight">{t("home.welcome.title")}</h1>
      <p className="mt-2 max-w-xl text-ink-2">{t("home.welcome.about")}</p>
      <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button
          look="primary"
          icon={<FlaskConical aria-hidden />}
          busy={demo.isPending}
          onClick={() => demo.mutate()}
        >
          {t("home.welcome.demo")}
        </Button>
        <p className="flex items-center gap-1.5 text-sm text-ink-2">
          <Sparkle className="size-4 shrink-0 text-accent" aria-hidden />
          {t("home.welcome.demoAbout")}
        </p>
      </div>
      {demo.isError && <ProblemNote error={demo.error} className="mt-3" />}
      <p className="mt-8 text-sm font-medium text-ink-2">{t("home.welcome.own")}</p>
    </section>
  );
}
