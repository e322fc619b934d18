"""Compares a report's numbers with the table of figures they came from: none may be invented, stale, or rounded wrongly.

    figures.py report.md figures.csv

figures.csv has id, value, unit, source. The report may be Markdown, plain text, or .docx. Ends with 1 if something is wrong. Years, dates, numbers of
headings and lists, and what stands in `code` or in a link's address are no figures; `--allow 5,100` names further ones.
"""

import argparse
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml
import zipfile
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from table import Problem, amount, read, run  # noqa: E402

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SCALES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "bn": 9, "billion": 9, "tsd": 3, "mio": 6, "mrd": 9}
MONTH = r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*\.?"


def lines_of(path):
    path = pathlib.Path(path)
    try:
        if path.suffix.lower() == ".docx":
            with zipfile.ZipFile(path) as file:
                body = xml.fromstring(file.read("word/document.xml"))
            return ["".join(t.text or "" for t in p.iter(W + "t")) for p in body.iter(W + "p")]
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise Problem(f"{path} cannot be read as a report: {error}.") from None


def bare(line):
    """The line without what holds digits and is no figure."""
    for pattern in (
        r"`[^`]*`",
        r"\]\([^)]*\)",
        r"^\s*(?:#+ *)?\d+(?:\.\d+)*[.)]? +(?=\D)",
        r"\[[A-Za-z]\w*\]",
        r"\b\d{4}-\d{2}(?:-\d{2})?\b",
        r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b",
        rf"(?i)\b\d{{1,2}}\.? {MONTH}\b",
        rf"(?i)\b{MONTH} \d{{1,2}}\b(?![.,]?\d)",
        r"\b(?:19|20)\d{2}\b(?![.,]\d)",
        r"\b[A-Za-z]+[-_]?\d[\w-]*",
        r"(?i)\b(?:rows?|cells?|sheet|page|table|figure|section|§) ?[A-Z]?\d+(?:[–:-][A-Z]?\d+)*",
    ):
        line = re.sub(pattern, " ", line)
    return line


def numbers(line, decimal):
    thousands = "," if decimal == "." else "."
    pattern = rf"(?<![\w.,])([-−–]?)(?:[€$£] ?)?(\d{{1,3}}(?:[{thousands}\u202f\u00a0 ]\d{{3}})+(?!\d)(?:\{decimal}\d+)?|\d+(?:\{decimal}\d+)?)(?![\d])\s?(%|[A-Za-z]+)?"
    for sign, digits, word in re.findall(pattern, bare(line)):
        text = re.sub(rf"[{thousands}\u202f\u00a0 ]", "", digits).replace(decimal, ".")
        places = len(text.partition(".")[2])
        yield (
            f"{sign}{digits}{' ' + word if word.casefold() in SCALES or word == '%' else ''}",
            Decimal(text) * (-1 if sign in ("-", "−") and sign else 1),
            places,
            word,
        )


def fits(said, places, word, figure):
    """Does a number as written stand for the figure: its value, rounded to as many places, in the scale and unit said?"""
    value, unit = figure
    shift = SCALES.get(word.casefold(), 0)
    candidates = [value, -value] if value < 0 else [value]  # “fell by 12” says -12
    if word == "%" and unit != "%":
        candidates = [c * 100 for c in candidates]
    unit_of = Decimal(1).scaleb(-places)
    return any(
        said in (scaled.quantize(unit_of, ROUND_HALF_UP), scaled.quantize(unit_of, ROUND_HALF_EVEN))
        for c in candidates
        for scaled in [c.scaleb(-shift)]
    )


def compare(lines, figures, allow=(), decimal="."):
    unknown, used = [], set()
    for at, line in enumerate(lines, 1):
        for text, said, places, word in numbers(line, decimal):
            found = [name for name, figure in figures.items() if fits(said, places, word, figure)]
            used.update(found)
            if not found and abs(said) not in allow:
                unknown.append({"line": at, "number": text, "text": line.strip()[:120]})
    return unknown, [name for name in figures if name not in used]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report"), parser.add_argument("figures")
    parser.add_argument("--allow", default="", help="numbers that are no figures, separated by spaces or commas")
    parser.add_argument("--decimal", default=".", choices=".,", help="of the report; the table of figures has points")
    given = parser.parse_args(arguments)
    rows = read(given.figures, need=("id", "value", "unit", "source"))
    figures = {}
    for row in rows:
        if not row["source"]:
            raise Problem(f"{row.at}: figure {row['id']} has no source.")
        if row["id"] in figures:
            raise Problem(f"{row.at}: {row['id']} stands twice.")
        figures[row["id"]] = (amount(row, "value"), row["unit"])
    unknown, unused = compare(
        lines_of(given.report), figures, {Decimal(one) for one in re.split(r"[ ,]+", given.allow) if one}, given.decimal
    )
    print(
        json.dumps(
            {"figures": len(figures), "not_in_the_table": unknown, "not_used": unused}, indent=1, ensure_ascii=False
        )
    )
    return 1 if unknown else 0


if __name__ == "__main__":
    run(main)
