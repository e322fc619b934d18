import type { Provider, SetProvider } from "~/api/types";

/** What a person fills in to set a provider up. */
export interface ProviderForm {
  id: string;
  kind: string;
  base_url: string;
  model: string;
  /** As typed; empty = what is in the keychain stays. */
  key: string;
  default: boolean;
}

export const formOf = (provider: Provider): ProviderForm => ({
  id: provider.id,
  kind: provider.kind,
  base_url: provider.base_url,
  model: provider.model,
  key: "",
  default: provider.default,
});

export const emptyForm: ProviderForm = {
  id: "",
  kind: "openai",
  base_url: "",
  model: "",
  key: "",
  default: false,
};

export type Wrong = Partial<Record<"id" | "base_url", "empty" | "badName" | "badAddress">>;

/** What is wrong with a form, by field. */
export function wrongWith(form: ProviderForm): Wrong {
  const wrong: Wrong = {};
  if (form.id.trim() === "") wrong.id = "empty";
  else if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(form.id.trim())) wrong.id = "badName";
  const address = form.base_url.trim();
  if (address !== "" && !isAddress(address)) wrong.base_url = "badAddress";
  // Another company's server has no usual address.
  if (address === "" && !["anthropic", "foundry", "openai"].includes(form.id.trim()))
    wrong.base_url = "empty";
  return wrong;
}

function isAddress(text: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** What is sent. A key that was not typed stays as it is. */
export function payloadOf(form: ProviderForm): SetProvider {
  return {
    kind: form.kind,
    base_url: form.base_url.trim(),
    model: form.model.trim(),
    default: form.default,
    ...(form.key.trim() === "" ? {} : { key: form.key.trim() }),
  };
}
