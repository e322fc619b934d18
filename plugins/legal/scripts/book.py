"""Writes a workbook with formulas and their results, with Python's own library alone; the same input gives the same bytes.

The same file is in every plugin that needs it; `plugin-evals.py lint` compares them.
"""

import datetime
import re
import zipfile
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

STYLES = (
    "plain",
    "head",
    "title",
    "money",
    "date",
    "percent",
    "count",
    "input",
    "total",
    "bold",
    "wrap",
    "input percent",
    "bad",
)
# number format, font, fill, border, alignment of each style
_XFS = (
    (0, 0, 0, 0, ""),
    (0, 1, 2, 1, "wrap"),
    (0, 2, 0, 0, ""),
    (4, 0, 0, 0, ""),
    (164, 0, 0, 0, "left"),
    (165, 0, 0, 0, ""),
    (3, 0, 0, 0, ""),
    (4, 3, 0, 0, ""),
    (4, 1, 0, 2, ""),
    (0, 1, 0, 0, ""),
    (0, 0, 0, 0, "wrap"),
    (165, 3, 0, 0, ""),
    (0, 4, 3, 0, ""),
)
_ALIGN = {"": "", "left": '<alignment horizontal="left"/>', "wrap": '<alignment wrapText="1" vertical="top"/>'}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Formula(NamedTuple):
    """English, commas, no leading `=`; `value` is its result, worked out by the caller."""

    text: str
    value: object
    style: str = ""


class Cell(NamedTuple):
    """A value in a style other than its type's."""

    value: object
    style: str


def letter(column):
    """The letters of a column, from 1."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


class Sheet:
    def __init__(self, name, widths):
        self.name, self.widths, self.rows, self.frozen = name, widths, [], 0

    def row(self, *cells):
        """Adds a row; gives its number, from 1."""
        self.rows.append(cells)
        return len(self.rows)

    def head(self, *names):
        self.frozen = self.row(*(Cell(name, "head") for name in names))
        return self.frozen

    def title(self, text):
        return self.row(Cell(text, "title"))

    def ref(self, column, row):
        """A cell for formulas in other sheets."""
        return f"'{self.name}'!${column}${row}"

    def span(self, column, first, last):
        """A column's cells for formulas in other sheets; of an empty list, the heading's cell, which sums to 0."""
        return f"'{self.name}'!${column}${first if last >= first else first - 1}:${column}${max(last, first - 1)}"

    def xml(self):
        lines = []
        for number, cells in enumerate(self.rows, 1):
            made = "".join(
                _cell(f"{letter(at)}{number}", cell)
                for at, cell in enumerate(cells, 1)
                if cell is not None and cell != ""
            )
            lines.append(f'<row r="{number}">{made}</row>')
        columns = "".join(
            f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(self.widths, 1)
        )
        pane = (
            f'<pane ySplit="{self.frozen}" topLeftCell="A{self.frozen + 1}" activePane="bottomLeft" state="frozen"/>'
            if self.frozen
            else ""
        )
        return (
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0">{pane}'
            f"</sheetView></sheetViews>{f'<cols>{columns}</cols>' if columns else ''}<sheetData>{''.join(lines)}</sheetData>"
            '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
        )


def _cell(at, cell):
    style, formula = "", ""
    if isinstance(cell, Formula):
        formula, style, cell = f"<f>{escape(cell.text)}</f>", cell.style, cell.value
    elif isinstance(cell, Cell):
        cell, style = cell
    if isinstance(cell, bool):
        kind, value, own = ' t="b"', str(int(cell)), "plain"
    elif isinstance(cell, (int, Decimal, float)):
        kind, value, own = (
            "",
            format(cell, "f") if isinstance(cell, Decimal) else repr(cell),
            "count" if isinstance(cell, int) else "money",
        )
    elif isinstance(cell, datetime.date):
        kind, value, own = "", str((cell - datetime.date(1899, 12, 30)).days), "date"
    else:
        text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", str(cell))[:32767]
        number = STYLES.index(style or "plain")
        if formula:
            return f'<c r="{at}" s="{number}" t="str">{formula}<v>{escape(text)}</v></c>'
        return f'<c r="{at}" s="{number}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
    return f'<c r="{at}" s="{STYLES.index(style or own)}"{kind}>{formula}<v>{value}</v></c>'


class Book:
    def __init__(self):
        self.sheets = []

    def sheet(self, name, widths=()):
        sheet = Sheet(re.sub(r"[\[\]:*?/\\']", " ", name)[:31], widths)
        self.sheets.append(sheet)
        return sheet

    def save(self, path):
        parts = {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
            + "".join(
                f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                'spreadsheetml.worksheet+xml"/>'
                for n, _ in enumerate(self.sheets, 1)
            )
            + "</Types>",
            "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
            + "".join(
                f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}"/>'
                for n, sheet in enumerate(self.sheets, 1)
            )
            + '</sheets><calcPr calcId="0" fullCalcOnLoad="1"/></workbook>',
            "xl/_rels/workbook.xml.rels": _relations(
                [("worksheet", f"worksheets/sheet{n}.xml") for n, _ in enumerate(self.sheets, 1)]
                + [("styles", "styles.xml")]
            ),
            "xl/styles.xml": _styles(),
        }
        with zipfile.ZipFile(path, "w") as out:
            for name, text in parts.items():
                _put(out, name, _HEAD + text)
            for number, sheet in enumerate(self.sheets, 1):
                _put(out, f"xl/worksheets/sheet{number}.xml", sheet.xml())


def _put(out, name, text):
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    out.writestr(info, text)


def _relations(targets):
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_REL}/{kind}" Target="{target}"/>'
            for n, (kind, target) in enumerate(targets, 1)
        )
        + "</Relationships>"
    )


def _styles():
    font = '<font>{}<sz val="{}"/>{}<name val="Calibri"/></font>'
    fonts = [
        font.format(*parts)
        for parts in (
            ("", 11, ""),
            ("<b/>", 11, ""),
            ("<b/>", 14, ""),
            ("", 11, '<color rgb="FF0000FF"/>'),
            ("<b/>", 11, '<color rgb="FF9C0006"/>'),
        )
    ]
    fill = '<fill><patternFill patternType="solid"><fgColor rgb="FF{}"/></patternFill></fill>'
    fills = [
        '<fill><patternFill patternType="none"/></fill>',
        '<fill><patternFill patternType="gray125"/></fill>',
        fill.format("D9E2F3"),
        fill.format("FFC7CE"),
    ]
    side = "<border><left/><right/>{}<diagonal/></border>"
    borders = [
        side.format(parts)
        for parts in ("<top/><bottom/>", '<top/><bottom style="thin"/>', '<top style="thin"/><bottom/>')
    ]
    xfs = "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0" applyNumberFormat="1" applyFont="1" '
        f'applyFill="1" applyBorder="1" applyAlignment="1">{_ALIGN[align]}</xf>'
        for number, font, fill, border, align in _XFS
    )
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" '
        f'formatCode="0.0%"/></numFmts><fonts count="{len(fonts)}">{"".join(fonts)}</fonts><fills count="{len(fills)}">{"".join(fills)}</fills>'
        f'<borders count="{len(borders)}">{"".join(borders)}</borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{len(_XFS)}">{xfs}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
