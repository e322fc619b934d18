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

export type Catalogue = typeof en & {
  elicit: typeof elicit;
  files: typeof files;
  settings: typeof settings;
  trust: typeof trust;
};
