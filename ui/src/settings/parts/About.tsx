import { useState } from "react";
import { api } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import type { Theme } from "~/api/types";
import { Loading, Markdown, ProblemNote, Radios, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { shownTheme, showTheme } from "~/theme";
import { useChange, useSetting } from "../useSetting";

/** How it looks, and what it is. */
export function About() {
  const { t } = useTranslation();
  const state = useAppState();
  const [theme, setTheme] = useState(shownTheme);
  const keep = useChange(api.settings.setAppearance);
  const choose = (next: Theme) => {
    setTheme(next);
    showTheme(next);
    keep.mutate(next);
  };
  return (
    <>
      <Radios
        label={t("shell.theme.title")}
        value={theme}
        onChange={choose}
        options={(["system", "light", "dark"] as const).map((value) => ({
          value,
          title: t(`shell.theme.${value}`),
        }))}
      />
      {keep.isError && <ProblemNote error={keep.error} className="mt-2" />}
      <h2 className="mt-8 text-base font-semibold">{t("settings.about.program")}</h2>
      {state.isPending && <Loading />}
      {state.isError && <ProblemNote error={state.error} />}
      {state.data && (
        <div className="mt-2 flex flex-col gap-1 text-sm text-ink-2">
          <p>
            {t("settings.about.personal")} <Untrusted text={state.data.personal_folder} />
          </p>
          <p>{t("settings.about.licence")}</p>
        </div>
      )}
      <Updates platform={state.data?.platform} />
    </>
  );
}

/** Which version this is, how to get another one, and what each brought. All of it came with the program. */
function Updates({ platform }: { platform: string | undefined }) {
  const { t } = useTranslation();
  const about = useSetting("about", api.settings.about);
  return (
    <>
      <h2 className="mt-8 text-base font-semibold">{t("settings.about.updates")}</h2>
      {about.isPending && <Loading />}
      {about.isError && <ProblemNote error={about.error} />}
      {about.data && (
        <>
          <div className="mt-2 flex flex-col gap-1 text-sm text-ink-2">
            <p>{t("settings.about.version", { version: about.data.version, platform: platform ?? "" })}</p>
            <p>{t("settings.about.updatesAbout")}</p>
          </div>
          <h3 className="mt-5 text-sm font-semibold">{t("settings.about.news")}</h3>
          {about.data.releases.map((release, index) => (
            <details key={release.name} open={index === 0} className="mt-2 rounded-lg border bg-surface">
              <summary className="cursor-pointer px-4 py-2.5 text-sm font-medium">{release.name}</summary>
              <Scrollable label={release.name} className="max-h-96 border-t px-4 py-3 text-sm">
                <Markdown text={release.changes} />
              </Scrollable>
            </details>
          ))}
        </>
      )}
    </>
  );
}
