"""Formulas of a workbook: what they refer to, and whether Excel knows what they call."""
import re

# Since Excel 2010: in the file they have to be written with `_xlfn.`, or Excel shows #NAME? ([MS-XLSX] 2.2.2).
PREFIXED = frozenset("""
ACOT ACOTH AGGREGATE ARABIC BASE BETA.DIST BINOM.DIST BYCOL BYROW CEILING.MATH CHISQ.DIST CHOOSECOLS CHOOSEROWS COMBINA
CONCAT CONFIDENCE.NORM CONFIDENCE.T COVARIANCE.P COVARIANCE.S DAYS DECIMAL DROP EXPAND EXPON.DIST F.DIST FILTER
FILTERXML FLOOR.MATH FORECAST.ETS FORECAST.LINEAR FORMULATEXT GAMMA HSTACK IFNA IFS ISFORMULA ISOWEEKNUM LAMBDA LET
LOGNORM.DIST MAKEARRAY MAP MAXIFS MINIFS MODE.MULT MODE.SNGL NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV NUMBERVALUE
PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC POISSON.DIST QUARTILE.EXC QUARTILE.INC
RANDARRAY RANK.AVG RANK.EQ REDUCE RRI SCAN SEQUENCE SHEET SHEETS SORT SORTBY STDEV.P STDEV.S SWITCH T.DIST T.INV T.TEST
TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL TOROW UNICHAR UNICODE UNIQUE VAR.P VAR.S VSTACK WEBSERVICE WRAPCOLS
WRAPROWS XLOOKUP XMATCH XOR
""".split()) - {"AGGREGATE"}
# Known to Excel under the plain name, but not in openpyxl's list.
PLAIN = frozenset("""
AGGREGATE AVERAGEIF AVERAGEIFS COUNTIFS CUBEKPIMEMBER GETPIVOTDATA IFERROR NETWORKDAYS.INTL SUMIFS WORKDAY.INTL
ERF.PRECISE ERFC.PRECISE ISO.CEILING CEILING.PRECISE FLOOR.PRECISE SINGLE ANCHORARRAY ENCODEURL
""".split())
_SHEET = re.compile(r"('(?:[^']|'')+'|[^'!,()\s]+)!")
_CELL = re.compile(r"\$?[A-Z]{1,3}\$?\d{1,7}|\$?[A-Z]{1,3}|\$?\d{1,7}", re.I)
DISTINCT = 20_000


class Formulas:
    def __init__(self, sheets, names, tables, macros):
        """`sheets`, `names` (defined names) and `tables`: those that are there."""
        self.sheets = {s.lower() for s in sheets}
        self.names = {n.lower() for n in names}
        self.tables = {t.lower() for t in tables}
        self.macros = macros
        self._seen = {}

    def problems(self, formula):
        """Of a formula without its `=`: list of (level, code, message). The same shape is looked at once."""
        shape = formula if "'" in formula else re.sub(r"(?<![\w.])(\$?[A-Z]{1,3}\$?)\d+(?![\w!'(])", r"\g<1>1", formula)
        if shape not in self._seen:
            if len(self._seen) >= DISTINCT:
                return []
            self._seen[shape] = list(dict.fromkeys(self._look(formula)))
        return self._seen[shape]

    def _look(self, formula):
        from openpyxl.formula import Tokenizer
        from openpyxl.utils import FORMULAE
        try:
            tokens = Tokenizer("=" + formula).items
        except Exception as error:  # Its own class or an IndexError, by what is wrong.
            yield "error", "formula-syntax", f"cannot be read: {error}"
            return
        arrays, variables = 0, "_xlpm." in formula or re.search(r"\b(?:LET|LAMBDA)\(", formula) is not None
        for token in tokens:
            if token.type == "ARRAY":
                arrays += 1 if token.subtype == "OPEN" else -1
            elif token.type == "SEP" and token.value == ";" and arrays == 0:
                yield "error", "formula-syntax", "has ; between arguments; in the file it is always a comma"
            elif token.type == "FUNC" and token.subtype == "OPEN":
                yield from self._function(token.value[:-1].upper(), FORMULAE)
            elif token.type == "OPERAND" and token.subtype == "ERROR" and "#REF!" in token.value:
                yield "error", "formula-reference", "refers to cells that were deleted (#REF!)"
            elif token.type == "OPERAND" and token.subtype == "RANGE":
                yield from self._reference(token.value, variables)

    def _function(self, name, known):
        bare = name.lstrip("@+")
        for prefix in ("_XLFN._XLWS.", "_XLFN.", "_XLL.", "_XLUDF."):
            if bare.startswith(prefix):
                return
        if bare in PREFIXED:
            yield "error", "formula-name", f"calls {bare}, which must be written _xlfn.{bare}: Excel shows #NAME?"
        elif bare and bare not in known and bare not in PLAIN and not self.macros and bare.lower() not in self.names:
            yield "error", "formula-name", f"calls {bare}, which Excel does not know (names are English in the file)"

    def _reference(self, value, variables):
        if "#REF!" in value:
            yield "error", "formula-reference", "refers to cells that were deleted (#REF!)"
            return
        sheets = _SHEET.findall(value)
        for sheet in sheets:
            for one in sheet.strip("'").replace("''", "'").split(":"):
                if re.match(r"\[\d+\]", one) or ".xls" in one.lower():
                    yield "warning", "external-link", f"refers to another workbook: {value}"
                elif one.lower() not in self.sheets and (sheet[0] == "'" or not _CELL.fullmatch(one)):
                    yield "error", "missing-sheet", f'refers to sheet "{one}", which is not there'
        if sheets:
            return
        table = value.split("[")[0]
        if "[" in value:
            if table and table.lower() not in self.tables:
                yield "error", "missing-table", f'refers to table "{table}", which is not there'
            return
        parts = value.rstrip("#").lstrip("@").split(":")
        if all(_CELL.fullmatch(p) for p in parts) or variables:
            return
        unknown = next((p for p in parts if not _CELL.fullmatch(p) and p.lower() not in self.names | self.tables), None)
        if unknown:
            yield "error", "missing-name", f'refers to the name "{unknown}", which is not there'
