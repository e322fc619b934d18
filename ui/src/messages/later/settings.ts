// Words that come with the views that need them.
import { settings } from "../en/settings";
import { addWords } from "../index";

addWords("settings", { en: settings });
