import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { Sheet } from "~/api/types";
import { number } from "~/format/numbers";
import { Button, IconButton, ProblemNote, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";
import { cellPassage, letters } from "../passage";
import { Tabs } from "../Tabs";
import { usePreview } from "../usePreview";

/** Rows the server gives at once. */
const PAGE = 200;

/** The tables of a workbook, as a person sees them: page by page, a cell can be chosen. */
export function SheetsBody(props: {
  task: string;
  path: string;
  hash?: string | null | undefined;
  first: readonly Sheet[];
  onAsk?: ((passage: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string>();
  const [row, setRow] = useState(1);
  const name = chosen ?? props.first[0]?.name ?? "";
  const asked = usePreview(props.task, {
    path: props.path,
    hash: props.hash,
    ...(chosen === undefined && row === 1 ? {} : { sheet: name === "" ? undefined : name, row }),
  });
  const sheets = asked.data?.body.type === "sheets" ? asked.data.body.sheets : props.first;
  const sheet = sheets.find((one) => one.name === name) ?? sheets[0];
  return (
    <div className="flex h-full flex-col">
      {sheets.length > 1 && (
        <Tabs
          label={t("files.sheets")}
          value={name}
          onChange={(next) => {
            setChosen(next);
            setRow(1);
          }}
          options={sheets.map((one) => ({ value: one.name, title: one.name }))}
        />
      )}
      {asked.isError && <ProblemNote error={asked.error} className="m-3" />}
      {sheet && <Grid sheet={sheet} onAsk={props.onAsk} />}
      {sheet && sheet.total_rows > PAGE && (
        <div className="flex items-center justify-center gap-2 border-t py-1 text-sm text-ink-2">
          <IconButton
            label={t("files.earlierRows")}
            size="sm"
            disabled={row <= 1}
            onClick={() => setRow(Math.max(1, row - PAGE))}
          >
            <ChevronLeft aria-hidden />
          </IconButton>
          <span className="tabular-nums" aria-live="polite">
            {t("files.rows", {
              from: number(row),
              to: number(Math.min(row + PAGE - 1, sheet.total_rows)),
              of: number(sheet.total_rows),
            })}
          </span>
          <IconButton
            label={t("files.laterRows")}
            size="sm"
            disabled={row + PAGE > sheet.total_rows}
            onClick={() => setRow(row + PAGE)}
          >
            <ChevronRight aria-hidden />
          </IconButton>
        </div>
      )}
    </div>
  );
}

function Grid({ sheet, onAsk }: { sheet: Sheet; onAsk?: ((passage: string) => void) | undefined }) {
  const { t } = useTranslation();
  const [cell, setCell] = useState<{ row: number; column: number }>();
  const columns = Math.max(1, ...sheet.rows.map((row) => row.length));
  const value = cell ? (sheet.rows[cell.row - sheet.first_row]?.[cell.column] ?? "") : "";
  return (
    <>
      <Scrollable label={sheet.name || t("files.table")} className="min-h-0 flex-1 overflow-auto">
        <table className="border-separate border-spacing-0 text-sm tabular-nums">
          <thead>
            <tr>
              <td className="sticky top-0 left-0 z-20 border-r border-b bg-sunken" />
              {Array.from({ length: columns }, (_, column) => (
                <th
                  key={letters(column)}
                  scope="col"
                  className="sticky top-0 z-10 border-r border-b bg-sunken px-2 py-0.5 text-xs font-medium text-ink-3"
                >
                  {letters(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sheet.rows.map((cells, index) => {
              const row = sheet.first_row + index;
              return (
                <tr key={row}>
                  <th
                    scope="row"
                    className="sticky left-0 z-10 border-r border-b bg-sunken px-2 text-right text-xs font-medium text-ink-3"
                  >
                    {row}
                  </th>
                  {Array.from({ length: columns }, (_, column) => {
                    const here = cell?.row === row && cell.column === column;
                    return (
                      // biome-ignore lint/a11y/useKeyWithClickEvents: choosing a cell is a shortcut of naming it in words
                      <td
                        key={letters(column)}
                        onClick={() => setCell({ row, column })}
                        className={
                          here
                            ? "max-w-72 truncate border-r border-b bg-accent-soft px-2 py-0.5"
                            : "max-w-72 truncate border-r border-b px-2 py-0.5"
                        }
                      >
                        <Untrusted text={cells[column] ?? ""} />
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
        {sheet.rows.length === 0 && <p className="p-4 text-sm text-ink-3">{t("files.emptySheet")}</p>}
      </Scrollable>
      {cell && (
        <div className="flex items-center gap-3 border-t px-3 py-1.5 text-sm">
          <span className="text-ink-3">
            {letters(cell.column)}
            {cell.row}
          </span>
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <Untrusted text={value} />
          </span>
          {onAsk && (
            <Button size="sm" onClick={() => onAsk(cellPassage(sheet.name, cell.row, cell.column, value))}>
              {t("files.ask")}
            </Button>
          )}
        </div>
      )}
    </>
  );
}
