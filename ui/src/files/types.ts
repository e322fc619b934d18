import type { PreviewBody } from "~/api/types";

/** What is shown of a kind of file: `BodyOf<"sheets">`. */
export type BodyOf<T extends PreviewBody["type"]> = Extract<PreviewBody, { type: T }>;
