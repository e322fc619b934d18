import type { Provider, SetProvider } from "~/api/types";

/** What a person fills in to set a provider up. */
export interface ProviderForm {
  id: string;
  kind: string;
  base_url: string;
  model: string;
  /** As typed; empty = what is in the keychain stays. */
  key: string;
  /** Whether the key is taken out of the keychain. */
  removeKey: boolean;
  default: boolean;
}

export const formOf = (provider: Provider): ProviderForm => ({
  id: provider.id,
  kind: provider.kind,
  base_url: provider.base_url,
  model: provider.model,
  key: "",
  removeKey: false,
  default: provider.default,
});

export const emptyForm: ProviderForm = {
  id: "",
  kind: "openai",
  base_url: "",
  model: "",
  key: "",
  removeKey: false,
  default: false,
};

/** Servers that people have, at their usual addresses. */
export const PRESETS = {
  ollama: "http://localhost:11434/v1",
  lmstudio: "http://localhost:1234/v1",
  llamacpp: "http://localhost:8080/v1",
  vllm: "http://localhost:8000/v1",
  openrouter: "https://openrouter.ai/api/v1",
} as const;

export type Preset = keyof typeof PRESETS | "other";

export const presetOf = ({ id, base_url }: ProviderForm): Preset =>
  id in PRESETS && PRESETS[id as keyof typeof PRESETS] === base_url ? (id as Preset) : "other";

/** The form with a preset's name and address; what else was typed stays. */
export const withPreset = (form: ProviderForm, preset: Preset): ProviderForm =>
  preset === "other"
    ? { ...form, id: "", base_url: "" }
    : { ...form, kind: "openai", id: preset, base_url: PRESETS[preset] };

export type Wrong = Partial<Record<"id" | "base_url", "empty" | "badName" | "badAddress" | "taken">>;

/** What is wrong with a form, by field. `taken`: names that a new provider may not have. */
export function wrongWith(form: ProviderForm, taken: readonly string[] = []): Wrong {
  const wrong: Wrong = {};
  const id = form.id.trim();
  if (id === "") wrong.id = "empty";
  else if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(id)) wrong.id = "badName";
  else if (taken.includes(id)) wrong.id = "taken";
  const address = form.base_url.trim();
  if (address !== "" && !isAddress(address)) wrong.base_url = "badAddress";
  // Another company's server has no usual address.
  if (address === "" && !["anthropic", "foundry", "openai"].includes(id)) wrong.base_url = "empty";
  return wrong;
}

function isAddress(text: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** What is sent. A key that was not typed stays as it is; an empty one is removed. */
export function payloadOf(form: ProviderForm): SetProvider {
  const key = form.key.trim();
  return {
    kind: form.kind,
    base_url: form.base_url.trim(),
    model: form.model.trim(),
    default: form.default,
    ...(key !== "" ? { key } : form.removeKey ? { key: "" } : {}),
  };
}
