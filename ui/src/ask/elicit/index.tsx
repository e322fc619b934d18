// Questions that a connector's server asks in the middle of a call. Loaded when there is one.
import { addWords } from "~/messages";
import { elicit } from "~/messages/en/elicit";

addWords("elicit", elicit);

export { ServerAnswered } from "./ServerAnswered";
export { ServerQuestion } from "./ServerQuestion";
