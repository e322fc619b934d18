// Every sentence a person reads comes from here: `const { t } = useTranslation()`, then `t("home.title")`.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Catalogue, en, type Problems } from "./en";
import { LANGUAGES, type Language, language } from "./language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Catalogue };
  }
}

/** The words every view may need, in each language, and those for the server's errors. */
const words: Record<Language, typeof en & { problems?: Problems }> = { en };

void i18next.use(initReactI18next).init({
  lng: language,
  fallbackLng: LANGUAGES[0],
  resources: Object.fromEntries(LANGUAGES.map((one) => [one, { translation: words[one] }])),
  // React escapes what it shows.
  interpolation: { escapeValue: false },
  initAsync: false,
});

// What reads the page aloud, and hyphenates it, must know.
if (typeof document !== "undefined") document.documentElement.lang = language;

/** Adds the words of a view that was loaded just now, in each language. */
export function addWords<P extends "elicit" | "files" | "settings" | "trust">(
  part: P,
  words: Record<Language, Catalogue[P]>,
): void {
  for (const one of LANGUAGES) i18next.addResourceBundle(one, "translation", { [part]: words[one] }, true);
}

export { useTranslation } from "react-i18next";
export { i18next };
