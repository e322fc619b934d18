// The English catalogue. Other languages get the same shape; `Catalogue` is what they must fill.
import { ask } from "./en/ask";
import type { elicit } from "./en/elicit";
import type { files } from "./en/files";
import { home } from "./en/home";
import { kit } from "./en/kit";
import type { settings } from "./en/settings";
import { shell } from "./en/shell";
import { task } from "./en/task";
import type { trust } from "./en/trust";

/** What every view may need. The words of views that are loaded later come with them (`addWords`). */
export const en = { ask, home, kit, shell, task };

/**
 * The server's errors by their codes (`store.claimed`), with what they name in double braces. The server's own words are the
 * English ones, so English has none; what another language leaves out is shown in English.
 */
export interface Problems {
  [code: string]: Problems | string;
}

export type Catalogue = typeof en & {
  elicit: typeof elicit;
  files: typeof files;
  settings: typeof settings;
  trust: typeof trust;
};
