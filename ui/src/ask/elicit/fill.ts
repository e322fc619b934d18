// What stands in a form of a server, and what of it is sent.
import type { FormField } from "~/api/types";

/** What stands in one field. */
export type Entry = string | boolean | readonly string[];

/** What the server proposes stands there first. */
export function proposedEntry({ input }: FormField): Entry {
  switch (input.type) {
    case "text":
      return input.proposed ?? "";
    case "number":
      return input.proposed == null ? "" : String(input.proposed);
    case "switch":
      return input.proposed ?? false;
    case "choice":
      return input.several ? (input.proposed ?? []) : (input.proposed?.[0] ?? "");
  }
}

export type Fault = "needed" | "noNumber" | "noWhole";

/** The value that is sent for a field; none when it stays empty. */
export function entryValue(field: FormField, entry: Entry): { value?: unknown; fault?: Fault } {
  const { input, required } = field;
  if (typeof entry === "boolean") return { value: entry };
  if (entry.length === 0) return required ? { fault: "needed" } : {};
  if (input.type !== "number" || typeof entry !== "string") return { value: entry };
  const number = Number(entry.trim().replace(",", "."));
  if (entry.trim() === "" || !Number.isFinite(number)) return { fault: "noNumber" };
  return input.whole && !Number.isInteger(number) ? { fault: "noWhole" } : { value: number };
}

/** The answer, or what is wrong with it, by the names of the fields. */
export function fill(fields: readonly FormField[], entries: ReadonlyMap<string, Entry>) {
  const values: [string, unknown][] = [];
  const faults = new Map<string, Fault>();
  for (const field of fields) {
    const { value, fault } = entryValue(field, entries.get(field.name) ?? proposedEntry(field));
    if (fault) faults.set(field.name, fault);
    else if (value !== undefined) values.push([field.name, value]);
  }
  // A field may have any name, "__proto__" as well.
  return { values: Object.fromEntries(values), faults };
}
