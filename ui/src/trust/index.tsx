// How far a task can be trusted, and where the values of a question came from. Loaded when it is needed.
import "~/messages/later/trust";

export { Grounds, type GroundsProps, Provenances } from "./Grounds";
export { TrustView, type TrustViewProps } from "./TrustView";
