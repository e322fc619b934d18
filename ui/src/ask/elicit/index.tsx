// Questions that a connector's server asks in the middle of a call. Loaded when there is one.
import "~/messages/later/elicit";

export { ServerAnswered } from "./ServerAnswered";
export { ServerQuestion } from "./ServerQuestion";
