// Numbers, sizes and times as a person reads them, in the language of the interface.
import type { TFunction } from "i18next";
import { locale } from "~/messages/language";

const whole = new Intl.NumberFormat(locale);
const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });

export const number = (value: number) => whole.format(value);
export const shortNumber = (value: number) => short.format(value);

/** `1.4 MB`, in steps of 1000 as file managers show them. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[unit]}`;
}

/** US dollars: cents for what is at least a cent, more places below that. */
export function dollars(value: number): string {
  if (value === 0) return "$0";
  if (value < 0.01) return "<$0.01";
  return new Intl.NumberFormat(locale, { style: "currency", currency: "USD" }).format(value);
}

/** "3 min", "2 h": how long something took or how long ago it was. */
export function span(ms: number, t: TFunction): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return t("kit.time.seconds", { count: Math.max(0, seconds) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t("kit.time.minutes", { count: minutes });
  const hours = Math.round(minutes / 60);
  if (hours < 24) return t("kit.time.hours", { count: hours });
  return t("kit.time.days", { count: Math.round(hours / 24) });
}

/** How long ago, short: for lists. */
export function ago(at: number, now: number, t: TFunction): string {
  return now - at < 60_000 ? t("kit.time.now") : span(now - at, t);
}

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

export const timeOfDay = (at: number) => clock.format(at);
export const dateAndTime = (at: number) => day.format(at);
const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
export const dateOnly = (at: number) => date.format(at);
