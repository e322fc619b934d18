// The English catalogue. Other languages get the same shape; `Catalogue` is what they must fill.
import { ask } from "./en/ask";
import { files } from "./en/files";
import { home } from "./en/home";
import { kit } from "./en/kit";
import { settings } from "./en/settings";
import { shell } from "./en/shell";
import { task } from "./en/task";

export const en = { ask, files, home, kit, settings, shell, task };

export type Catalogue = typeof en;
