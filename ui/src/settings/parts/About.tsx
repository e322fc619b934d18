import { useState } from "react";
import { useAppState } from "~/api/queries";
import { Loading, ProblemNote, Radios, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { applyTheme, savedTheme, type Theme } from "~/theme";

/** How it looks, and what it is. */
export function About() {
  const { t } = useTranslation();
  const state = useAppState();
  const [theme, setTheme] = useState<Theme>(savedTheme);
  const choose = (next: Theme) => {
    setTheme(next);
    applyTheme(next);
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
