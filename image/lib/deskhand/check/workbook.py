"""Workbooks."""
import re
import sys
import warnings
from collections import defaultdict

from . import limits, office, shown
from .formulas import Formulas
from .report import clean, count
from .sheetdata import Workbook, column_letters, column_number
from .words import check_left_over

LONG = 40
# openpyxl takes about 50 times the room of a sheet's text: larger ones are only opened, not loaded.
LOADED_BYTES = 8 * limits.MIB
PADDING = 0.71
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:([.,' \u00a0\u202f])\d{3})+|[1-9]\d*|0)(?:[.,]\d+)?\s?[%€$£]?")
_IDENTIFIERS = re.compile(
    r"\b(?:id|no|nr|num|number|nummer|code|zip|plz|post|postal|phone|tel|telefon|mobile|account|konto|iban|sku|ean|isbn"
    r"|ref|reference|invoice|rechnung|order|year|jahr|key|version|item|article|artikel)\b|#|№", re.I)


class _Found:
    """What is gathered over all sheets."""

    def __init__(self):
        self.formulas = 0
        self.zero = 0
        self.without_result = []  # (sheet, ref)
        self.cells = 0


def check(report, package):
    # Its numpy is for users of it, and takes longer to load than a check.
    sys.modules.setdefault("numpy", None)
    import openpyxl
    report.kind = "workbook"
    large = sum(i.file_size for i in package.zip.infolist() if "/worksheets/" in i.filename) > LOADED_BYTES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # What it would not keep if it saved the file: we save nothing.
        openpyxl.load_workbook(report.path, read_only=large).close()  # Opens for others too, not only for us.
    book = Workbook(package)
    tables = _tables(package, book)
    macros = any(n.lower().endswith("vbaproject.bin") for n in package.names)
    formulas = Formulas([s.name for s in book.sheets], book.names, [t["name"] for t in tables], macros)
    found, budget = _Found(), [limits.CELLS]
    for sheet in book.sheets:
        try:
            _check_sheet(report, book, sheet, formulas, tables, found, budget)
        except limits.Refused as refused:
            if "cells" not in str(refused):
                raise
            report.notes.append(f"only the first {limits.CELLS} cells were looked at, up to sheet {sheet.name}")
            break
    report.facts += [count(len(book.sheets), "sheet"), count(found.cells, "cell"), count(found.formulas, "formula")]
    if not found.cells and not any("/charts/" in n or "/media/" in n for n in package.names):
        report.error("empty", "", "there is nothing in any sheet")
    for sheet in book.sheets:
        if sheet.state != "visible":
            report.warning("hidden-sheet", sheet.name, "is hidden")
    for name, text in book.names.items():
        if "#REF!" in text:
            report.error("formula-reference", f"name {name}", "refers to cells that were deleted (#REF!)")
    for part in sorted(n for n in package.names if re.fullmatch(r"xl/externalLinks/[^/]+\.xml", n)):
        target = next((t for _, t, outside in package.relationships(part).values() if outside), "?")
        report.warning("external-link", "", f"is linked to another workbook: {target}")
    _check_results(report, found)


def _tables(package, book):
    tables = []
    for sheet in book.sheets:
        for part in package.related(sheet.part, "table") if sheet.part else []:
            tree = package.xml(part)
            first, _, last = tree.get("ref", "A1").partition(":")
            tables.append({
                "name": tree.get("displayName") or tree.get("name") or "", "sheet": sheet.name,
                "row": int(re.sub(r"\D", "", first) or 0) if tree.get("headerRowCount", "1") != "0" else 0,
                "first": column_number(first), "last": column_number(last or first),
                "columns": [c.get("name", "") for c in tree.iterfind("{*}tableColumns/{*}tableColumn")]})
    return tables


def _check_sheet(report, book, sheet, formulas, tables, found, budget):
    columns = defaultdict(lambda: {"numbers": 0, "text": [], "header": ""})
    narrow, cut, merged = {}, defaultdict(list), set()
    top, rows, cells_here = None, 0, 0
    for number, cells in book.rows(sheet, budget):
        if cells and top is None:
            top = number
        rows = number if cells else rows
        cells_here += len(cells)
        taken = {c.column for c in cells}
        for table in tables:
            if table["sheet"] == sheet.name and table["row"] == number:
                _check_table(report, table, cells)
        for cell in cells:
            place = f"{sheet.name}!{cell.ref}"
            _check_value(report, cell, place)
            if cell.formula:
                _check_formula(report, formulas, found, cell, sheet, place)
            if cell.kind == "n" and cell.value:
                columns[cell.column]["numbers"] += 1
                _note_narrow(book, sheet, cell, narrow)
            elif cell.kind == "s" and not cell.formula:
                column = columns[cell.column]
                if not column["header"] and not column["numbers"]:
                    column["header"] = cell.value
                elif _NUMBER.fullmatch(cell.value.strip()) and book.style(cell.style)[0] != "@":
                    column["text"].append(cell)
                if cell.column + 1 in taken and _too_long(book, sheet, cell):
                    cut[cell.column].append(cell)
    found.cells += cells_here
    if not cells_here and len(book.sheets) > 1 and sheet.part \
            and not book.package.related(sheet.part, "drawing"):
        report.warning("empty-sheet", sheet.name, "is empty")
    for ref in sheet.merged:
        merged.update(range(column_number(ref), column_number(ref.partition(":")[2] or ref) + 1))
    _check_columns(report, sheet, columns, narrow, {c: v for c, v in cut.items() if c not in merged})
    if rows > LONG and not sheet.frozen and top is not None:
        report.hint("not-frozen", sheet.name, f"{rows} rows, and the header does not stay in view (freeze panes)")


def _check_value(report, cell, place):
    if cell.kind == "e" or (cell.kind == "s" and re.fullmatch(r"#(REF|DIV/0|VALUE|NAME|N/A|NULL|NUM)[!?]?", cell.value)):
        report.error("error-value", place, f"shows {cell.value}")
    elif cell.kind == "s":
        check_left_over(report, place, cell.value)


def _check_formula(report, formulas, found, cell, sheet, place):
    found.formulas += 1
    if cell.value == "" and cell.kind != "s":
        found.without_result.append((sheet.name, cell.ref))
    found.zero += cell.value == "0"
    if cell.formula != "=":
        for level, code, message in formulas.problems(cell.formula):
            getattr(report, level)(code, place, message)


def _check_table(report, table, cells):
    names = {c.column: c.value for c in cells if c.kind == "s"}
    for offset, name in enumerate(table["columns"]):
        shown_name = names.get(table["first"] + offset, "").replace("\n", "_x000a_")
        if shown_name != name.replace("\n", "_x000a_"):
            report.error("table-header", f"table {table['name']}",
                         f'its column is called "{name}", but the cell says "{shown_name}": Excel will repair the file')


def _room(sheet, column, size):
    """Characters that fit, at the font's size; None for a column that is not shown."""
    width = sheet.widths.get(column, sheet.default_width)
    return (width - PADDING) * 11.0 / size if width else None


def _note_narrow(book, sheet, cell, narrow):
    code, size, _ = book.style(cell.style)
    room = _room(sheet, cell.column, size)
    try:
        need = shown.width(float(cell.value), code)
    except (ValueError, OverflowError):
        return
    if room is not None and need > room + 0.3 and need > narrow.get(cell.column, (0, ""))[0]:
        narrow[cell.column] = (need, cell.ref)


def _too_long(book, sheet, cell):
    _, size, wrap = book.style(cell.style)
    room = _room(sheet, cell.column, size)
    # Letters are a little narrower than digits on the average.
    return room is not None and not wrap and "\n" not in cell.value and len(cell.value) * 0.95 > room * 1.15 + 1


def _check_columns(report, sheet, columns, narrow, cut):
    for column in sorted(columns):
        place = f"{sheet.name}!{column_letters(column)}"
        seen = columns[column]
        texts = seen["text"]
        if texts and (seen["numbers"] or (len(texts) >= 3 and not _IDENTIFIERS.search(seen["header"]))):
            report.warning("number-as-text", place, f"{count(len(texts), 'number')} stored as text, first"
                                                    f' {texts[0].ref} "{clean(texts[0].value, 20)}"')
        if column in narrow:
            need, ref = narrow[column]
            report.warning("narrow-column", place, f"is too narrow: {ref} would show ####"
                                                   f" (width {need + PADDING + 0.5:.0f} or more)")
        if column in cut:
            first = cut[column][0]
            report.warning("cut-text", place, f"text of {count(len(cut[column]), 'cell')} is cut off by the next column,"
                                              f' first {first.ref} "{clean(first.value, 30)}": widen or wrap')


def _check_results(report, found):
    """Formulas whose results nobody has calculated yet."""
    stale = len(found.without_result)
    guessed = not stale and found.formulas >= 3 and found.zero == found.formulas
    if not stale and not guessed:
        return
    say = f"{count(stale, 'formula')} without a stored result" if stale else \
        f"all {found.formulas} formulas have the stored result 0, as if never calculated"
    recalculated, why = office.recalculated(report.path)
    if recalculated is None:
        report.warning("not-calculated", "", f"{say}; not recalculated: {why}. Excel calculates them when it opens"
                                             " the file, previews show them empty or as 0")
        return
    with recalculated as package:
        wanted, wrong = set(found.without_result), 0
        book, budget = Workbook(package), [limits.CELLS]
        for sheet in book.sheets:
            for _, cells in book.rows(sheet, budget):
                for cell in cells:
                    if cell.formula and cell.kind == "e" and (guessed or (sheet.name, cell.ref) in wanted):
                        wrong += 1
                        report.error("error-value", f"{sheet.name}!{cell.ref}", f"shows {cell.value} when calculated")
    report.hint("not-calculated", "", f"{say}; recalculated here with LibreOffice: {count(wrong, 'error')}."
                                      " The file itself was not changed")
