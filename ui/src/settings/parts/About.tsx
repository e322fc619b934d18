import { useState } from "react";
import { api } from "~/api/endpoints";
import { useAppState } from "~/api/queries";
import type { Theme } from "~/api/types";
import { Loading, ProblemNote, Radios, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { shownTheme, showTheme } from "~/theme";
import { useChange } from "../useSetting";

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
          <p>{t("settings.about.version", { version: state.data.version, platform: state.data.platform })}</p>
          <p>
            {t("settings.about.personal")} <Untrusted text={state.data.personal_folder} />
          </p>
          <p>{t("settings.about.licence")}</p>
          <p>{t("settings.about.updates")}</p>
        </div>
      )}
    </>
  );
}
