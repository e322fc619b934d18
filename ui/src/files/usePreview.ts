import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "~/api/endpoints";
import { keys } from "~/api/queries";

export interface Shown {
  path: string;
  hash?: string | null | undefined;
  sheet?: string | undefined;
  row?: number | undefined;
}

/** A file, ready to be shown. Without a hash it is the file as it stands now, and read anew when the task goes on. */
export const usePreview = (task: string, { path, hash, sheet, row }: Shown) =>
  useQuery({
    queryKey: [...keys.task(task), "file", path, hash ?? "", sheet ?? "", row ?? 1],
    queryFn: () =>
      api.tasks.preview(task, {
        path,
        ...(hash ? { hash } : {}),
        ...(sheet === undefined ? {} : { sheet }),
        ...(row === undefined ? {} : { row }),
      }),
    staleTime: hash ? Infinity : 0,
    // Paging a table keeps the rows that are there until the next ones are.
    placeholderData: keepPreviousData,
  });
