// Words that come with the views that need them.
import { trust } from "../en/trust";
import { addWords } from "../index";

addWords("trust", { en: trust });
