import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "~/api/endpoints";
import type { Sheet } from "~/api/types";
import { askedFor, type Shown } from "../context";
import { fileKey } from "../read";
import { PAGE_ROWS } from "./grid";

export interface Rows {
  /** A row, from 0, once it is there. */
  at: (row: number) => readonly string[] | undefined;
  error: unknown;
}

/** The rows of a sheet, fetched page by page. `first` is what came with the preview. */
export function useRows(shown: Shown, sheet: Sheet, pages: readonly number[]): Rows {
  const given = sheet.first_row === 1 && sheet.rows.length > 0 ? sheet.rows : undefined;
  const wanted = pages.filter((page) => page !== 0 || given === undefined);
  const found = useQueries({
    queries: wanted.map((page) => ({
      queryKey: fileKey(shown, "rows", sheet.name, page),
      queryFn: () => fetchPage(shown, sheet.name, page),
      gcTime: 60_000,
    })),
    combine: (results) => ({
      rows: results.map(({ data }) => data),
      error: results.find(({ error }) => error !== null)?.error ?? null,
    }),
  });
  return useMemo(() => {
    const byPage = new Map(wanted.map((page, index) => [page, found.rows[index]]));
    if (given) byPage.set(0, given);
    return {
      at: (row) => {
        const rows = byPage.get(Math.floor(row / PAGE_ROWS));
        return rows && (rows[row % PAGE_ROWS] ?? NOTHING);
      },
      error: found.error,
    };
  }, [wanted, found, given]);
}

const NOTHING: readonly string[] = [];

async function fetchPage(shown: Shown, name: string, page: number): Promise<string[][]> {
  const window = { row: page * PAGE_ROWS + 1, ...(name === "" ? {} : { sheet: name }) };
  const { body } = await api.tasks.preview(shown.task, { ...askedFor(shown), ...window });
  if (body.type !== "sheets") return [];
  return (body.sheets.find((sheet) => sheet.name === name) ?? body.sheets[0])?.rows ?? [];
}
