"""Reads a CSV file or a sheet as rows that know where they stand, and says in plain words what is wrong with it.

The same file is in every plugin that needs it, because plugins are installed one by one; `plugin-evals.py lint` compares them.
"""

import csv
import datetime
import pathlib
import re
import sys
import zipfile
from decimal import Decimal, InvalidOperation


class Problem(Exception):
    """What the person has to know; shown without a traceback."""


class Row(dict):
    """Texts by column. `line` is the row in the sheet or file, the header being row 1."""

    def __init__(self, cells, line, where):
        super().__init__(cells)
        self.line, self.where = line, where

    @property
    def at(self):
        return f"{self.where} row {self.line}"


def read(path, sheet=None, need=(), exact=False):
    """Rows of a table whose first row names its columns. Empty rows are left out; `need` columns must be there; spaces at the ends stay only if `exact`."""
    path = pathlib.Path(path)
    try:
        head, body, where = _workbook(path, sheet) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.") from None
    head = [name.strip() for name in head]
    double = sorted({name for name in head if name and head.count(name) > 1})
    if double:
        raise Problem(f"{where}: two columns are called {', '.join(double)}. Rename one.")
    missing = [name for name in need if name and name not in head]
    if missing:
        raise Problem(f"{where} has no column {', '.join(missing)}. It has: {', '.join(filter(None, head)) or 'none'}.")
    rows = []
    for line, cells in body:
        if len(cells) > len(head) and any(cell.strip() for cell in cells[len(head) :]):
            raise Problem(
                f"{where} row {line} has {len(cells)} cells under {len(head)} headings: an unquoted separator?"
            )
        if any(cell.strip() for cell in cells):
            cells = [cell if exact else cell.strip() for cell in cells] + [""] * (len(head) - len(cells))
            rows.append(Row(zip(head, cells), line, where))
    return rows


def _csv(path):
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what spreadsheets call "Unicode text"
        text = raw.decode("utf-16", errors="replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Problem(f"{path.name} is not a text file.")
    first = text.split("\n", 1)[0]
    separator = max(",;\t|", key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    rows, before = [], 0
    try:
        for cells in reader:
            rows.append((before + 1, cells))  # a quoted cell may span lines: a row is named by its first one
            before = reader.line_num
    except csv.Error as error:
        raise Problem(f"{path.name}, after line {before}: {error}.") from None
    if not rows:
        raise Problem(f"{path.name} is empty.")
    return rows[0][1], rows[1:], path.name


def _workbook(path, sheet):
    try:
        import openpyxl
    except ImportError:
        raise Problem(f"{path.name}: workbooks are read in the sandbox only. Convert it to CSV first.") from None
    try:
        book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Problem(f"{path.name} is no workbook that can be read: {error}.") from None
    if sheet and sheet not in book.sheetnames:
        raise Problem(f"{path.name} has no sheet {sheet}. It has: {', '.join(book.sheetnames)}.")
    if not sheet and len(book.sheetnames) > 1:
        raise Problem(f"{path.name} has several sheets ({', '.join(book.sheetnames)}). Say which.")
    page = book[sheet or book.sheetnames[0]]
    rows = [[_text(cell) for cell in row] for row in page.iter_rows(values_only=True)]
    return (rows or [[]])[0], list(enumerate(rows[1:], 2)), f"{path.name} › {page.title}"


def _text(value):
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def amount(row, column, decimal=".", empty=None):
    """The number of a cell, exact. Understands (12.00), 12.00-, currency signs and thousands in threes; guesses nothing."""
    text = row[column]
    if not text and empty is not None:
        return empty
    wrong = Problem(f"{row.at}, {column}: “{text}” is not an amount with the decimal mark “{decimal}”.")
    body = re.sub(r"^[€$£¥]|\s|[€$£¥]$|^[A-Z]{3} | ?[A-Z]{3}$|['’\u00a0\u202f]", "", text)
    negative = (body.startswith("(") and body.endswith(")")) or body.endswith("-")
    body = re.sub(r"^[€$£¥]", "", body.strip("()").rstrip("-"))
    thousands = "," if decimal == "." else "."
    if thousands in body and not re.fullmatch(rf"[+-]?\d{{1,3}}(\{thousands}\d{{3}})+(\{decimal}\d+)?", body):
        raise wrong
    body = body.replace(thousands, "").replace(decimal, ".")
    try:
        value = Decimal(body)
    except InvalidOperation:
        raise wrong from None
    if not value.is_finite():
        raise wrong
    return -value if negative else value


def day(row, column, order="ymd", empty=False):
    """The date of a cell: ISO always; else in the `order` said (dmy, mdy). None for an empty cell where that is allowed."""
    text = row[column]
    if not text and empty:
        return None
    parts = re.fullmatch(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[T ].*)?", text)
    if parts:
        numbers = dict(zip("ymd" if len(parts[1]) == 4 else order, map(int, parts.groups())))
        try:
            if numbers["y"] > 999:
                return datetime.date(numbers["y"], numbers["m"], numbers["d"])
        except ValueError:
            pass
    raise Problem(
        f"{row.at}, {column}: “{text}” is not a date in the order {order}. Say --dates dmy or mdy if it is written so."
    )


def figure(text):
    """A number on the command line."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite():
        raise ValueError(text)
    return value


def run(main):
    """Runs a script's main; a Problem is told in one line and ends with 2."""
    try:
        sys.exit(main())
    except Problem as problem:
        print(f"{problem}\nNothing was written.", file=sys.stderr)
        sys.exit(2)
