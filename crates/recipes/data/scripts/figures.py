"""Checks a report and puts its figures into a workbook with formulas and native charts.

Data (JSON) on standard input: {"report": path, "workbook": path, "left_out": n, "sheets": [{"name", "source", "totals",
"sections"}]}; see `tables/sheets.rs`. The first line written is JSON: {"compared": n, "different": [text],
"errors": [text], "warnings": n}. Text from files is only ever written as text: never as a formula, a link or a name.
"""
import json
import os
import re
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import xlsxwriter

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
NUMBER = re.compile(r"([-−]?)\s*[€$£¥₹]?\s*(\d[\d,]*(?:\.(\d+))?(?:e-?\d+)?)")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def clean(text):
    """Text that XML can hold."""
    return "".join(c for c in str(text) if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff\x7f"))[:32000]


def sheet_name(wanted, taken):
    """A name Excel takes: at most 31 UTF-16 units, none of []:*?/\\, no quote at its ends, each once."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", clean(wanted)).strip(" '") or "Table"
    if name.lower() in ("history", "contents"):
        name += " data"
    for number in range(1, 1000):
        end = "" if number == 1 else f" {number}"
        cut = name
        while len((cut + end).encode("utf-16-le")) > 62:
            cut = cut[:-1]
        cut = cut.strip(" '") + end
        if cut.lower() not in taken:
            taken.add(cut.lower())
            return cut
    raise SystemExit("too many sheets of one name")


def quoted(name):
    return "'" + name.replace("'", "''") + "'"


class Book:
    """The workbook, and what has to be found in the report: rows of numbers, each with where it stands."""

    def __init__(self, path):
        self.book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False,
                                               "strings_to_numbers": False, "nan_inf_to_errors": True})
        self.wanted = []
        self.formats = {}
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.heading = self.book.add_format({"bold": True, "font_size": 12})
        self.quiet = self.book.add_format({"italic": True, "font_color": "#595959"})
        self.head = self.book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.count = self.number("integer", None)

    def number(self, kind, unit, total=False):
        sign = SIGNS.get(unit, unit if unit in SIGNS.values() else "")
        code = {"money": f'"{sign}"#,##0.00' if sign else "#,##0.00", "integer": "#,##0"}.get(kind, "#,##0.00##")
        if kind == "share":
            code = "0.0%"
        key = (code, total)
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"num_format": code, "bold": total, "top": int(total)})
        return self.formats[key]

    def text_total(self):
        return self.formats.setdefault("total", self.book.add_format({"bold": True, "top": 1}))

    def header(self, sheet, row, names):
        for column, name in enumerate(names):
            sheet.write_string(row, column, clean(name), self.head)

    def totals(self, sheet, row, totals):
        """The sum, average, smallest and largest of each figure, as computed from the file."""
        self.header(sheet, row, ["Figure", "Sum", "Average", "Smallest", "Largest", "Cells"])
        for total in totals:
            row += 1
            sheet.write_string(row, 0, labelled(total))
            for column, value in enumerate(total["values"], 1):
                if value is not None:
                    kind = "number" if column == 2 and total["kind"] == "integer" else total["kind"]
                    sheet.write_number(row, column, value, self.number(kind, total["unit"]))
            sheet.write_string(row, 5, clean(total["source"]), self.quiet)
            self.wanted.append((f"{sheet.name}, row {row + 1}", total["values"]))
        return row + 2

    def section(self, sheet, name, row, section):
        """A breakdown with a totals row of formulas and a chart that follows the cells."""
        first, columns, rows = row + 2, section["columns"], section["rows"]
        sheet.write_string(row, 0, clean(section["title"]), self.heading)
        shares = section["shares"]
        lead = 2 if columns and columns[0]["additive"] else 1
        counted = section["counted"]
        names = [section["by"]] + (["Rows"] if counted else []) + [labelled(c) for c in columns]
        self.header(sheet, row + 1, names + (["Share"] if shares else []))
        offset = 2 if counted else 1
        share_at, last = offset + len(columns), first + len(rows) - 1
        letter = chr(ord("A") + lead)
        sums = [total(r[c] for r in rows) for c in range(1, offset + len(columns))]
        for number, values in enumerate(rows):
            line = first + number
            sheet.write_string(line, 0, clean(values[0]))
            for column, value in enumerate(values[1:], 1):
                if value is not None:
                    form = self.count if counted and column == 1 else self.of(columns[column - offset])
                    sheet.write_number(line, column, value, form)
            if shares and values[lead] is not None and sums[lead - 1]:
                sheet.write_formula(line, share_at, f"={letter}{line + 1}/{letter}${last + 2}",
                                    self.number("share", None), values[lead] / sums[lead - 1])
            self.wanted.append((f"{sheet.name}, row {line + 1}", values[1:]))
        row = last + 1
        if counted:
            sheet.write_string(row, 0, "Total" if section["complete"] else "Total of these", self.text_total())
            said = []
            for column in range(1, offset + len(columns)):
                if column >= offset and not columns[column - offset]["additive"]:
                    sheet.write_blank(row, column, None, self.text_total())
                    continue
                at = chr(ord("A") + column)
                form = self.number("integer", None, True) if column == 1 else self.of(columns[column - offset], True)
                sheet.write_formula(row, column, f"=SUM({at}{first + 1}:{at}{last + 1})", form, sums[column - 1])
                said.append(sums[column - 1])
            if shares:
                at = chr(ord("A") + share_at)
                sheet.write_formula(row, share_at, f"=SUM({at}{first + 1}:{at}{last + 1})",
                                    self.number("share", None, True), 1)
            if section["complete"] and len(rows) > 1:
                self.wanted.append((f"{sheet.name}, row {row + 1} (total)", said))
            row += 1
        sheet.write_string(row, 0, clean(f"Cells: {section['source']}"), self.quiet)
        if section["chart"] and len(rows) > 1:
            self.chart(sheet, name, section, (first - 2, first, last, lead))
            row = max(row, first + 15)
        return row + 2

    def of(self, column, total=False):
        average = not column["additive"] and column["kind"] == "integer"
        return self.number("number" if average else column["kind"], column["unit"], total)

    def chart(self, sheet, name, section, place):
        heading, first, last, lead = place
        period = section["chart"] == "period"
        chart = self.book.add_chart({"type": "line" if period and last - first > 11 else "column" if period else "bar"})
        look = {"line": {"color": "#2F5597"}} if period and last - first > 11 else {"fill": {"color": "#2F5597"}, "gap": 60}
        chart.add_series({"categories": [name, first, 0, last, 0], "values": [name, first, lead, last, lead],
                          "name": [name, first - 1, lead], **look})
        # By its cell: a title that begins with "=" would be taken for a formula.
        chart.set_title({"name": [name, heading, 0], "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True} if not period else {"major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
        chart.set_size({"width": 560, "height": 320})
        sheet.insert_chart(heading, 7, chart, {"description": clean(f"Chart: {section['title']}")[:250]})

    def contents(self, sheet, data, names):
        sheet.write_string(0, 0, "Figures of the report", self.title)
        sheet.write_string(1, 0, clean(f"Beside {os.path.basename(data['report'])}: the same figures, with formulas for totals "
                                       "and shares."), self.quiet)
        self.header(sheet, 3, ["Sheet", "Table", "Cells"])
        for row, (entry, name) in enumerate(zip(data["sheets"], names), 4):
            sheet.write_url(row, 0, f"internal:{quoted(name)}!A1", string=name)
            sheet.write_string(row, 1, clean(entry["name"]))
            sheet.write_string(row, 2, clean(entry["source"]), self.quiet)
        if data["left_out"]:
            sheet.write_string(5 + len(names), 0, f"Not in this workbook, for its size: {data['left_out']} breakdowns of the report.")
        sheet.set_column(0, 0, 30), sheet.set_column(1, 2, 50)


def labelled(column):
    unit = column["unit"] if column["unit"] and column["kind"] != "money" else ""
    if column["kind"] == "money" and column["unit"] and column["unit"] not in SIGNS and column["unit"] not in SIGNS.values():
        unit = column["unit"]
    return clean(column["label"])[:200] + (f" ({clean(unit)[:30]})" if unit else "")


def total(values):
    return sum(value for value in values if value is not None)


def make(data):
    book, taken = Book(data["workbook"]), set()
    contents = book.book.add_worksheet("Contents")
    names = [sheet_name(entry["name"], taken) for entry in data["sheets"]]
    sheets = [book.book.add_worksheet(name) for name in names]
    book.contents(contents, data, names)
    for entry, name, sheet in zip(data["sheets"], names, sheets):
        sheet.write_string(0, 0, clean(entry["name"]), book.title)
        sheet.write_string(1, 0, clean(f"Cells: {entry['source']}"), book.quiet)
        sheet.set_column(0, 0, 30), sheet.set_column(1, 6, 15)
        row = 3
        if entry["totals"]:
            row = book.totals(sheet, row, entry["totals"])
        for section in entry["sections"]:
            row = book.section(sheet, name, row, section)
    for sheet in [contents, *sheets]:
        sheet.ignore_errors({"number_stored_as_text": "A1:A5000"})  # Years and numbers that name groups.
        sheet.set_landscape(), sheet.set_paper(9), sheet.fit_to_pages(1, 0)
    book.book.close()
    return book.wanted


def rows_of_report(path):
    """The numbers of every row of every table in the report, as (value, decimals)."""
    with zipfile.ZipFile(path) as archive:
        tree = ElementTree.fromstring(archive.read("word/document.xml"))
    rows = []
    for row in tree.iter(f"{W}tr"):
        cells = ["".join(t.text or "" for t in cell.iter(f"{W}t")) for cell in row.iter(f"{W}tc")]
        rows.append([number for number in map(read, cells[1:]) if number])
    return rows


def read(text):
    found = NUMBER.match(text.strip())
    if not found:
        return None
    value = float(found[2].replace(",", ""))
    return (-value if found[1] else value), len(found[3] or "")


def same(value, shown):
    number, decimals = shown
    return abs(value - number) <= 0.5000001 * 10 ** -decimals + abs(value) * 1e-12


def compare(wanted, rows):
    """What of the workbook no row of the report says: its numbers stand there beside each other, in this order."""
    different = []
    for where, values in wanted:
        values = [value for value in values if value is not None]
        fits = (all(any(same(value, shown) for shown in left) for value in values) for row in rows
                if len(row) >= len(values) for left in [iter(row)])
        if not any(fits):
            different.append(where)
    return different


def checked(paths):
    done = subprocess.run(["deskhand-check", "--json", "--", *paths], capture_output=True, text=True, timeout=90)
    try:
        reports = json.loads(done.stdout)
    except ValueError:
        return [f"deskhand-check gave no answer: {done.stderr.strip()[-200:]}"], 0
    findings = [(os.path.basename(path), found) for path, report in zip(paths, reports) for found in report["findings"]]
    errors = [f"{name}: {found['message']}" for name, found in findings if found["level"] == "error"]
    return errors[:5], sum(found["level"] != "error" for _, found in findings)


def main():
    data = json.load(sys.stdin)
    wanted = make(data)
    different = compare(wanted, rows_of_report(data["report"]))
    errors, warnings = checked([data["report"], data["workbook"]])
    numbers = sum(value is not None for _, values in wanted for value in values)
    print(json.dumps({"compared": numbers, "different": different[:5], "errors": errors, "warnings": warnings}))


try:
    main()
except Exception as error:  # One line, which the last message quotes.
    print(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    raise SystemExit(1)
