// Words that come with the views that need them.
import { files } from "../en/files";
import { addWords } from "../index";

addWords("files", { en: files });
