// The language of the interface: chosen once, here. A new one gets a catalogue beside `en.ts`, a line in `LANGUAGES`, and
// its words in `later/`; the compiler says what is missing.

/** The languages there are catalogues for. The first is what everybody else gets. */
export const LANGUAGES = ["en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The first language a person wants that there is a catalogue for, with the region whose numbers and dates are theirs. */
export function choose<L extends string>(
  wanted: readonly string[],
  known: readonly [L, ...L[]],
): { language: L; locale: string } {
  for (const locale of wanted) {
    const language = known.find((one) => one === locale.toLowerCase().split("-")[0]);
    if (language && isLocale(locale)) return { language, locale };
  }
  return { language: known[0], locale: known[0] };
}

function isLocale(text: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(text).length > 0;
  } catch {
    return false;
  }
}

const wanted = typeof navigator === "undefined" ? [] : navigator.languages;

export const { language, locale } = choose(wanted, LANGUAGES);
