"""Cleans a table by written rules. Every changed cell and every removed row is in a log, and the count of rows is proved.

    clean.py raw.csv rules.json --out clean.csv --log changes.csv

rules.json is a list, done in order, each {"do": ..., "column": ...}:
    trim                              spaces at the ends and doubled inside
    empty        values: [..]         these texts become empty
    map          values: {old: new}   whole cells; others stay
    case         to: upper|lower|title
    number       decimal: "." or ","  to 1234.56
    date         order: dmy|mdy|ymd   to 2026-03-31
    fill         value: x             empty cells
    require                           rows where the column is empty are removed
    unique       columns: [..], keep: first|last      further rows of the same key are removed
    rename       to: new name
"""

import argparse
import collections
import csv
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from table import Problem, Row, amount, day, read, run  # noqa: E402

CELL = {
    "trim": (),
    "empty": ("values",),
    "map": ("values",),
    "case": ("to",),
    "number": (),
    "date": (),
    "fill": ("value",),
}
OTHER = {"require": ("column",), "unique": ("columns",), "rename": ("column", "to")}


def check(rules, columns):
    """Refuses what cannot be done before anything is done."""
    columns = list(columns)
    for at, rule in enumerate(rules, 1):
        do = rule.get("do")
        if do not in CELL and do not in OTHER:
            raise Problem(f"Rule {at}: “{do}” is not known. There are {', '.join([*CELL, *OTHER])}.")
        lost = [key for key in (("column", *CELL[do]) if do in CELL else OTHER[do]) if key not in rule]
        if lost:
            raise Problem(f"Rule {at} ({do}) needs {', '.join(lost)}.")
        for name in rule["columns"] if do == "unique" else [rule["column"]]:
            if name not in columns and not (name == "*" and do in ("trim", "empty")):
                raise Problem(f"Rule {at} ({do}): there is no column {name}. There are {', '.join(columns)}.")
        if do == "rename":
            if rule["to"] in columns:
                raise Problem(f"Rule {at}: there is a column {rule['to']} already.")
            columns[columns.index(rule["column"])] = rule["to"]
        if do == "case" and rule["to"] not in ("upper", "lower", "title"):
            raise Problem(f"Rule {at}: case goes to upper, lower or title.")
    return columns


def cell(rule, row, name):
    """The new text; a cell that cannot be read stays, and is told."""
    text, do = row[name], rule["do"]
    if do == "trim":
        return re.sub(r"[\s\u00a0]+", " ", text).strip()
    if do == "empty":
        return "" if text.casefold() in {value.casefold() for value in rule["values"]} else text
    if do == "map":
        return rule["values"].get(text, text)
    if do == "case":
        return getattr(text, rule["to"])()
    if do == "fill":
        return text or str(rule["value"])
    if not text:
        return text
    if do == "number":
        return format(amount(row, name, rule.get("decimal", ".")), "f")
    return day(row, name, rule.get("order", "ymd")).isoformat()


def clean(rows, rules):
    columns = check(rules, rows[0] if rows else ())
    log, unread = [], []
    rows = [Row(dict(row), row.line, row.where) for row in rows]
    for at, rule in enumerate(rules, 1):
        do = rule["do"]
        note = lambda row, column, old, new: log.append([row.line, column, old, new, f"{at} {do}"])
        if do in CELL:
            for row in rows:
                for name in list(row) if rule["column"] == "*" else [rule["column"]]:
                    try:
                        new = cell(rule, row, name)
                    except Problem as problem:
                        unread.append({"row": row.line, "column": name, "value": row[name], "why": str(problem)})
                        continue
                    if new != row[name]:
                        note(row, name, row[name], new)
                        row[name] = new
        elif do == "rename":
            rows = [
                Row(
                    {rule["to"] if name == rule["column"] else name: text for name, text in row.items()},
                    row.line,
                    row.where,
                )
                for row in rows
            ]
        else:
            kept, seen = [], set()
            ordered = reversed(rows) if do == "unique" and rule.get("keep") == "last" else rows
            for row in ordered:
                key = tuple(row[name] for name in rule["columns"]) if do == "unique" else row[rule["column"]]
                if (not key) if do == "require" else (key in seen):
                    note(row, "(row)", json.dumps(dict(row), ensure_ascii=False), "removed")
                else:
                    kept.append(row)
                seen.add(key)
            rows = sorted(kept, key=lambda row: row.line)
    return columns, rows, log, unread


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("table", "rules"):
        parser.add_argument(name)
    (
        parser.add_argument("--out", required=True),
        parser.add_argument("--log", required=True),
        parser.add_argument("--sheet"),
    )
    given = parser.parse_args(arguments)
    try:
        rules = json.loads(pathlib.Path(given.rules).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"{given.rules} is no list of rules: {error}.") from None
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise Problem(f'{given.rules} must be a list of rules like {{"do": "trim", "column": "*"}}.')
    if pathlib.Path(given.out).resolve() == pathlib.Path(given.table).resolve():
        raise Problem("The cleaned table must not replace the raw one: give another --out.")
    rows = read(given.table, given.sheet, exact=True)
    columns, kept, log, unread = clean(rows, rules)
    with open(given.out, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows([row[name] for name in columns] for row in kept)
    with open(given.log, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["row", "column", "before", "after", "rule"])
        out.writerows(log)
    removed = [entry for entry in log if entry[3] == "removed"]
    # From the file as it stands, not from what was meant to be written.
    written = len(read(given.out))
    print(
        json.dumps(
            {
                "rows_in": len(rows),
                "removed": len(removed),
                "rows_out": written,
                "proof": len(rows) - len(removed) - written,
                "cells_changed": len(log) - len(removed),
                "by_rule": collections.Counter(entry[4] for entry in log),
                "not_readable": unread,
            },
            indent=1,
            ensure_ascii=False,
        )
    )
    return 1 if unread else 0


if __name__ == "__main__":
    run(main)
