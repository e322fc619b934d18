"""The cells of a workbook, read straight from its parts: a formula and its stored result in one pass."""
import re
from dataclasses import dataclass, field

from lxml import etree

from . import limits
from .package import R, local

DEFAULT_WIDTH = 9.14  # As stored: of a column that says nothing, with the padding of 0.71.


@dataclass
class Cell:
    column: int
    ref: str
    kind: str  # n, s (any text), b, e
    value: str  # The stored value as text; of a formula its stored result; "" when there is none.
    formula: str  # Without `=`; "" when there is none.
    style: int


@dataclass
class Sheet:
    name: str
    part: str
    state: str
    frozen: bool = False
    default_width: float = DEFAULT_WIDTH
    widths: dict = field(default_factory=dict)  # Column → stored width; hidden columns: 0.
    merged: list = field(default_factory=list)


class Workbook:
    def __init__(self, package):
        self.package = package
        self.main = package.main_part()
        tree = package.xml(self.main)
        targets = {i: t for i, (_, t, outside) in package.relationships(self.main).items() if not outside}
        self.sheets, self.names = [], {}
        for element in tree.iter():
            if local(element) == "sheet":
                part = targets.get(element.get(R + "id"))
                self.sheets.append(Sheet(element.get("name", ""), part, element.get("state", "visible")))
            elif local(element) == "definedName":
                self.names[element.get("name", "")] = element.text or ""
        self._strings = self._shared_strings()
        self._styles()

    def _shared_strings(self):
        strings = []
        for part in self.package.related(self.main, "sharedStrings"):
            with self.package.zip.open(part) as stream:
                for _, item in etree.iterparse(stream, tag="{*}si", resolve_entities=False, no_network=True):
                    strings.append("".join(t.text or "" for t in item.iter("{*}t")
                                           if local(t.getparent()) != "rPh"))
                    item.clear()
        return strings

    def _styles(self):
        """Per cell style: the number format's code, the font's size in points, whether text is wrapped."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS
        codes, sizes, self.styles = dict(BUILTIN_FORMATS), [], []
        for part in self.package.related(self.main, "styles"):
            tree = self.package.xml(part)
            for element in tree.iterfind("{*}numFmts/{*}numFmt"):
                codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "General")
            for font in tree.iterfind("{*}fonts/{*}font"):
                size = font.find("{*}sz")
                sizes.append(float(size.get("val", "11")) if size is not None else 11.0)
            for xf in tree.iterfind("{*}cellXfs/{*}xf"):
                font = int(xf.get("fontId", "0"))
                align = xf.find("{*}alignment")
                wrap = align is not None and (align.get("wrapText") in ("1", "true")
                                              or align.get("shrinkToFit") in ("1", "true"))
                self.styles.append((codes.get(int(xf.get("numFmtId", "0")), "General"),
                                    sizes[font] if font < len(sizes) else 11.0, wrap))

    def style(self, index):
        return self.styles[index] if index < len(self.styles) else ("General", 11.0, False)

    def rows(self, sheet, budget):
        """Yields (number of the row, its cells). `budget` is a list of one number: cells that may still be read."""
        if sheet.part is None or sheet.part not in self.package.names:
            return
        with self.package.zip.open(sheet.part) as stream:
            number = 0
            for _, element in etree.iterparse(stream, resolve_entities=False, no_network=True):
                tag = local(element)
                if tag == "sheetFormatPr":
                    sheet.default_width = float(element.get("defaultColWidth") or DEFAULT_WIDTH)
                elif tag == "pane":
                    sheet.frozen = element.get("state", "").startswith("frozen")
                elif tag == "col":
                    self._column(sheet, element)
                elif tag == "mergeCell":
                    sheet.merged.append(element.get("ref", ""))
                elif tag == "row":
                    number = int(element.get("r") or number + 1)
                    cells = self._cells(number, element)
                    budget[0] -= len(cells)
                    yield number, cells
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
                    if budget[0] <= 0:
                        raise limits.Refused("too many cells")

    @staticmethod
    def _column(sheet, element):
        first, last = int(element.get("min", "1")), int(element.get("max", "1"))
        hidden = element.get("hidden") in ("1", "true")
        for column in range(first, min(last, first + 500) + 1):
            sheet.widths[column] = 0.0 if hidden else float(element.get("width") or DEFAULT_WIDTH)

    def _cells(self, number, row):
        cells, column = [], 0
        for element in row:
            if local(element) != "c":
                continue
            ref = element.get("r")
            column = column_number(ref) if ref else column + 1
            kind, value, formula = element.get("t", "n"), "", ""
            for child in element:
                tag = local(child)
                if tag == "v":
                    value = child.text or ""
                elif tag == "f":
                    formula = child.text or "="  # A shared formula stands in full only once.
                elif tag == "is":
                    value = "".join(t.text or "" for t in child.iter("{*}t"))
            if kind == "s":
                index = int(value) if value.isdigit() else -1
                value = self._strings[index] if 0 <= index < len(self._strings) else ""
            kind = "s" if kind in ("s", "str", "inlineStr") else kind
            if value or formula:
                cells.append(Cell(column, ref or f"{column_letters(column)}{number}", kind, value, formula,
                                  int(element.get("s", "0"))))
        return cells


def column_number(ref):
    number = 0
    for char in re.match(r"[A-Za-z]*", ref).group(0).upper():
        number = number * 26 + ord(char) - 64
    return number


def column_letters(number):
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
