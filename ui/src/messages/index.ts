// Every sentence a person reads comes from here: `const { t } = useTranslation()`, then `t("home.title")`.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Catalogue, en } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Catalogue };
  }
}

void i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: en } },
  // React escapes what it shows.
  interpolation: { escapeValue: false },
  initAsync: false,
});

/** Adds the words of a view that was loaded just now. */
export function addWords<P extends "elicit" | "files" | "settings" | "trust">(part: P, words: Catalogue[P]): void {
  i18next.addResourceBundle("en", "translation", { [part]: words }, true);
}

export { useTranslation } from "react-i18next";
export { i18next };
