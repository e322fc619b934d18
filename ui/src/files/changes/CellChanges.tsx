import type { CellDiff } from "~/api/types";
import { number } from "~/format/numbers";
import { Note, Scrollable, Untrusted } from "~/kit";
import { useTranslation } from "~/messages";

/** The cells of a table that differ, one a line. */
export function CellChanges({ diff }: { diff: CellDiff }) {
  const { t } = useTranslation();
  const nothing =
    diff.total === 0 && diff.rows.length === 0 && diff.sheets_added.length + diff.sheets_removed.length === 0;
  return (
    <Scrollable label={t("files.changes.cells")} className="h-full overflow-auto p-4">
      {(diff.notes ?? []).map((note) => (
        <Note key={note} level="warning" className="mb-3">
          <Untrusted text={note} />
        </Note>
      ))}
      {nothing && (
        <Note>{t(diff.notes?.length ? "files.changes.noCellsThere" : "files.changes.noCells")}</Note>
      )}
      <ul className="mb-3 flex flex-col gap-0.5 text-sm text-ink-2">
        {diff.sheets_added.map((name) => (
          <li key={`+${name}`}>{t("files.changes.sheetAdded", { name })}</li>
        ))}
        {diff.sheets_removed.map((name) => (
          <li key={`-${name}`}>{t("files.changes.sheetRemoved", { name })}</li>
        ))}
        {diff.rows.map((rows) => (
          <li key={rows.sheet}>
            {rows.sheet !== "" && (
              <>
                <Untrusted text={rows.sheet} />
                {": "}
              </>
            )}
            {rows.added > 0 && t("files.changes.rowsAdded", { count: rows.added })}
            {rows.added > 0 && rows.removed > 0 && ", "}
            {rows.removed > 0 && t("files.changes.rowsRemoved", { count: rows.removed })}
          </li>
        ))}
      </ul>
      {diff.cells.length > 0 && (
        <table className="w-full text-sm">
          <caption className="mb-1 text-left text-xs text-ink-3">
            {t("files.changes.cellCount", { count: diff.total, shown: number(diff.cells.length) })}
          </caption>
          <thead>
            <tr className="text-left text-xs text-ink-3">
              <th scope="col" className="py-1 pr-3 font-medium">
                {t("files.changes.cell")}
              </th>
              <th scope="col" className="py-1 pr-3 font-medium">
                {t("files.changes.before")}
              </th>
              <th scope="col" className="py-1 font-medium">
                {t("files.changes.after")}
              </th>
            </tr>
          </thead>
          <tbody>
            {diff.cells.map((cell) => (
              <tr key={`${cell.sheet}!${cell.cell}`} className="border-t align-top">
                <th scope="row" className="py-1 pr-3 text-left font-normal">
                  <span className="tabular-nums">
                    {cell.sheet !== "" && (
                      <>
                        <Untrusted text={cell.sheet} />!
                      </>
                    )}
                    {cell.cell}
                  </span>
                  {cell.heading !== "" && (
                    <span className="block text-xs text-ink-3">
                      <Untrusted text={cell.heading} />
                    </span>
                  )}
                </th>
                <td className="py-1 pr-3">
                  <span className="rounded-sm bg-removed px-1 [overflow-wrap:anywhere]">
                    {cell.before === "" ? t("files.changes.emptyCell") : <Untrusted text={cell.before} />}
                  </span>
                </td>
                <td className="py-1">
                  <span className="rounded-sm bg-added px-1 [overflow-wrap:anywhere]">
                    {cell.after === "" ? t("files.changes.emptyCell") : <Untrusted text={cell.after} />}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Scrollable>
  );
}
