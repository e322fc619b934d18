// What is read of a file: its preview, more rows of a sheet, its exact bytes.
import { useQuery } from "@tanstack/react-query";
import { api, rawUrl } from "~/api/endpoints";
import { keys } from "~/api/queries";
import { ApiError } from "~/api/request";
import type { Preview, Problem } from "~/api/types";
import { askedFor, type Shown } from "./context";

/** Under the task's own key: an undo makes all of it stale. */
export const fileKey = ({ task, path, stamp }: Shown, ...more: (string | number)[]) => [
  ...keys.task(task),
  "file",
  path,
  stamp,
  ...more,
];

export const usePreview = (shown: Shown) =>
  useQuery<Preview>({
    queryKey: fileKey(shown),
    queryFn: () => api.tasks.preview(shown.task, askedFor(shown)),
  });

/** The exact bytes, for what is drawn on this page. */
export const useBytes = (shown: Shown) =>
  useQuery<ArrayBuffer>({
    queryKey: fileKey(shown, "bytes"),
    queryFn: ({ signal }) => fetchBytes(rawUrl(shown.task, askedFor(shown)), signal),
    gcTime: 30_000,
    structuralSharing: false,
  });

async function fetchBytes(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await fetch(url, { credentials: "same-origin", signal });
  if (!response.ok) {
    const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
    throw new ApiError(response.status, problem ?? { code: `http.${response.status}`, message: "" });
  }
  return response.arrayBuffer();
}
