import { type KeyboardEvent, type MouseEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { Sheet } from "~/api/types";
import { number } from "~/format/numbers";
import { cx, Empty, Note, ProblemNote, toast } from "~/kit";
import { useTranslation } from "~/messages";
import { useViewing } from "../context";
import { GridHead, GridRow } from "./GridParts";
import {
  type At,
  areaName,
  areaOf,
  areaText,
  columnsSeen,
  HEAD_WIDTH,
  isIn,
  MOST_ROWS,
  moved,
  pagesOf,
  ROW_HEIGHT,
  rowsSeen,
  startsOf,
  widthsOf,
} from "./grid";
import { useRows } from "./useRows";
import { useViewport } from "./useViewport";

/** A sheet: only what is seen is drawn, and rows are fetched when they are. */
export function Grid({ sheet, label }: { sheet: Sheet; label: string }) {
  const { t } = useTranslation();
  const viewing = useViewing();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const seen = useViewport(scroller);
  const size = { row: Math.min(MOST_ROWS, sheet.total_rows), column: sheet.total_columns };
  const [at, setAt] = useState<At>({ row: 0, column: 0 });
  /** The other corner of what is selected. */
  const [corner, setCorner] = useState<At>({ row: 0, column: 0 });
  const dragging = useRef(false);
  const area = areaOf(at, corner);

  const rows = rowsSeen(seen.top, Math.max(0, seen.height - ROW_HEIGHT), size.row);
  const pages = pagesOf(rows);
  const pageKey = pages.join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the pages are told by their numbers
  const stablePages = useMemo(() => (pages.length > 0 ? pages : [0]), [pageKey]);
  const { at: rowAt, error } = useRows(viewing, sheet, stablePages);

  // As the first rows need it; they do not jump when more rows come.
  const first = rowAt(0) === undefined ? undefined : true;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the widths are those of the first rows
  const starts = useMemo(() => {
    const sample = first ? Array.from({ length: 60 }, (_, row) => rowAt(row) ?? []) : [];
    return startsOf(widthsOf(sample, size.column));
  }, [first, size.column]);
  const columns = columnsSeen(starts, seen.left, Math.max(0, seen.width - HEAD_WIDTH));

  const select = (to: At, extend: boolean) => {
    setAt(to);
    const from = extend ? corner : to;
    if (!extend) setCorner(to);
    const next = areaOf(to, from);
    const place =
      sheet.name === ""
        ? t("files.place.cells", { cells: areaName(next) })
        : t("files.place.sheet", { sheet: sheet.name, cells: areaName(next) });
    viewing.choose({ text: areaText(next, rowAt), place });
  };

  const show = ({ row, column }: At) => {
    const element = scroller.current;
    if (!element) return;
    const top = row * ROW_HEIGHT;
    const below = top + 2 * ROW_HEIGHT - element.clientHeight;
    element.scrollTop = Math.min(top, Math.max(below, element.scrollTop));
    const left = starts[column] ?? 0;
    const right = (starts[column + 1] ?? left) + HEAD_WIDTH - element.clientWidth;
    element.scrollLeft = Math.min(left, Math.max(right, element.scrollLeft));
  };

  const press = (event: KeyboardEvent) => {
    const leap = event.ctrlKey || event.metaKey;
    if (leap && event.key.toLowerCase() === "c") {
      event.preventDefault();
      navigator.clipboard.writeText(areaText(area, rowAt)).then(
        () => toast({ level: "info", text: t("files.sheets.copied", { cells: areaName(area) }) }),
        () => toast({ level: "error", text: t("kit.copyFailed") }),
      );
      return;
    }
    const screen = Math.max(1, Math.floor(seen.height / ROW_HEIGHT) - 2);
    const to = moved(at, event.key, leap, size, screen);
    if (!to) return;
    event.preventDefault();
    select(to, event.shiftKey);
    show(to);
  };

  const cellOf = (event: MouseEvent): At | undefined => {
    const cell = (event.target as Element).closest<HTMLElement>("[data-row]");
    return cell ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : undefined;
  };

  useEffect(() => {
    const stop = () => {
      dragging.current = false;
    };
    window.addEventListener("mouseup", stop);
    return () => window.removeEventListener("mouseup", stop);
  }, []);

  if (size.row === 0 || size.column === 0) return <Empty title={t("files.sheets.empty")} />;
  return (
    <>
      {error !== null && <ProblemNote error={error} className="m-3 shrink-0" />}
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={size.row + 1}
        aria-colcount={size.column + 1}
        aria-readonly
        aria-multiselectable
        aria-activedescendant={`${id}-${at.row}-${at.column}`}
        tabIndex={0}
        onKeyDown={press}
        onMouseDown={(event) => {
          const to = cellOf(event);
          if (!to || event.button !== 0) return;
          // The focus stays on the table: its keys move in it.
          event.preventDefault();
          event.currentTarget.focus({ preventScroll: true });
          dragging.current = true;
          select(to, event.shiftKey);
        }}
        onPointerMove={(event) => {
          const to = cellOf(event);
          if (to && dragging.current && event.buttons === 1) select(to, true);
        }}
        className="group/grid relative min-h-0 flex-1 overflow-auto bg-sunken text-sm select-none focus-visible:-outline-offset-2"
      >
        <GridHead starts={starts} columns={columns} area={area} />
        <div
          role="rowgroup"
          className="relative"
          style={{ height: size.row * ROW_HEIGHT, width: (starts.at(-1) ?? 0) + HEAD_WIDTH }}
        >
          {Array.from({ length: rows.to - rows.from }, (_, index) => rows.from + index).map((row) => (
            <GridRow
              key={row}
              id={id}
              row={row}
              cells={rowAt(row)}
              starts={starts}
              columns={columns}
              isSelected={(column) => isIn(area, row, column)}
              active={at.row === row ? at.column : undefined}
              marked={row >= area.top && row <= area.bottom}
            />
          ))}
        </div>
      </div>
      <p className={cx("flex shrink-0 gap-4 border-t px-4 py-1 text-xs text-ink-3 tabular-nums")}>
        <span className="min-w-0 flex-1 truncate">{areaName(area)}</span>
        <span>{t("files.sheets.rows", { count: sheet.total_rows, rows: number(sheet.total_rows) })}</span>
        <span>{t("files.sheets.columns", { count: sheet.total_columns })}</span>
      </p>
      {sheet.total_rows > MOST_ROWS && (
        <Note level="info" className="mx-3 mb-2 shrink-0">
          {t("files.sheets.many", { rows: number(MOST_ROWS) })}
        </Note>
      )}
    </>
  );
}
