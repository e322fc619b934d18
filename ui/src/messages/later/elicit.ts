// Words that come with the views that need them.
import { elicit } from "../en/elicit";
import { addWords } from "../index";

addWords("elicit", { en: elicit });
