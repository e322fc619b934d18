"""Says what is in a table before anybody calculates with it: types, gaps, doubles, odd values, each with its rows.

profile_table.py orders.csv --key order_id --out profile.csv
"""

import argparse
import collections
import csv
import json
import pathlib
import re
import sys
from decimal import Decimal, InvalidOperation

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from table import Problem, read, run  # noqa: E402

SHAPES = (
    ("number", r"[+-]?\d+(\.\d+)?"),
    ("number with comma", r"[+-]?\d{1,3}(\.\d{3})*,\d+"),
    ("number with thousands", r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ("date yyyy-mm-dd", r"\d{4}-\d{2}-\d{2}([T ]\d.*)?"),
    ("date with points", r"\d{1,2}\.\d{1,2}\.\d{2,4}"),
    ("date with slashes", r"\d{1,2}/\d{1,2}/\d{2,4}"),
    ("percent", r"[+-]?[\d.,]+ ?%"),
    ("money", r"[€$£]\s?[\d.,]+|[\d.,]+\s?[€$£]"),
    ("yes or no", r"(?i)yes|no|true|false|ja|nein|y|n"),
)
EMPTY = {"n/a", "na", "null", "none", "-", "?", "unknown", "tbd", "#n/a", "nan"}
PLACEHOLDERS = {"0", "999", "9999", "99999", "-1", "1900-01-01", "1970-01-01", "9999-12-31"}


def shape(text):
    return next((name for name, pattern in SHAPES if re.fullmatch(pattern, text)), "text")


def squash(text):
    return re.sub(r"[\s.\-_]+", " ", text).strip().casefold()


def quantile(values, share):
    """Linear between neighbours, as QUARTILE.INC and pandas do."""
    at = (len(values) - 1) * share
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (Decimal(str(at)) - low)


def rows_text(lines, most=8):
    return ", ".join(map(str, lines[:most])) + (f" and {len(lines) - most} more" if len(lines) > most else "")


def column(rows, name):
    values = [(row[name], row.line) for row in rows]
    full = [(text, line) for text, line in values if text and text.casefold() not in EMPTY]
    shapes = collections.Counter(shape(text) for text, _ in full)
    main = shapes.most_common(1)[0][0] if shapes else "empty"
    found = {
        "column": name,
        "type": main,
        "filled": len(full),
        "empty": len(values) - len(full),
        "distinct": len({text for text, _ in full}),
        "findings": [],
    }
    say = lambda what, lines: (
        found["findings"].append({"what": what, "rows": rows_text(lines), "count": len(lines)}) if lines else None
    )
    say("written as if empty (n/a, -, null)", [line for text, line in values if text and text.casefold() in EMPTY])
    if len(shapes) > 1 and main != "text":
        say(f"not a {main}", [line for text, line in full if shape(text) != main])
    elif len(shapes) > 1 and shapes["text"] < len(full) * 0.95:
        say(
            f"several kinds: {', '.join(f'{n} {kind}' for kind, n in shapes.most_common())}",
            [line for text, line in full if shape(text) != "text"],
        )
    say("placeholder for “unknown”?", [line for text, line in full if text in PLACEHOLDERS and text != "0"])
    if main == "number":
        numbers = []
        for text, line in full:
            try:
                numbers.append((Decimal(text), line))
            except InvalidOperation:
                continue
        ordered = sorted(value for value, _ in numbers)
        found |= {"min": ordered[0], "max": ordered[-1], "sum": sum(ordered), "median": quantile(ordered, 0.5)}
        q1, q3 = quantile(ordered, 0.25), quantile(ordered, 0.75)
        if q3 > q1 and len(ordered) >= 8:
            say(
                "far outside (3 × the middle half)",
                [line for value, line in numbers if value < q1 - 3 * (q3 - q1) or value > q3 + 3 * (q3 - q1)],
            )
        negative = [line for value, line in numbers if value < 0]
        if len(negative) * 20 < len(numbers):
            say("negative, where nearly all are not", negative)
        if any(text.startswith("0") and len(text) > 1 and text.isdigit() for text, _ in full):
            say(
                "leading zeros: an identifier, not a number",
                [line for text, line in full if text.startswith("0") and len(text) > 1],
            )
    elif main.startswith("date yyyy"):
        dates = sorted(text[:10] for text, _ in full if shape(text) == main)
        found |= {"min": dates[0], "max": dates[-1]}
    elif main == "date with slashes":
        pairs = [tuple(map(int, text.split("/")[:2])) for text, _ in full if shape(text) == main]
        if not any(first > 12 for first, _ in pairs) and not any(second > 12 for _, second in pairs):
            say("day or month first? every date reads both ways", [line for _, line in full])
    spellings = collections.defaultdict(set)
    for text, _ in full:
        spellings[squash(text)].add(text)
    many = sorted(tuple(sorted(some)) for some in spellings.values() if len(some) > 1 and main == "text")
    for some in many[:10]:
        say(f"one value in several spellings: {' | '.join(some)}", [line for text, line in full if text in some])
    return found


def profile(rows, key=None):
    columns = [column(rows, name) for name in (rows[0] if rows else {}) if name]
    seen, keys = collections.defaultdict(list), collections.defaultdict(list)
    for row in rows:
        seen[tuple(row.values())].append(row.line)
        if key:
            keys[row[key]].append(row.line)
    return {
        "rows": len(rows),
        "columns": columns,
        "same_rows": [lines for lines in seen.values() if len(lines) > 1],
        "same_key": {name: lines for name, lines in keys.items() if name and len(lines) > 1},
        "no_key": keys.get("", []),
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table"), parser.add_argument("--key", help="the column that should name each row once")
    parser.add_argument("--sheet"), parser.add_argument("--out")
    given = parser.parse_args(arguments)
    rows = read(given.table, given.sheet, need=(given.key,))
    if not rows:
        raise Problem(f"{given.table} has a heading and no rows.")
    found = profile(rows, given.key)
    if given.out:
        with open(given.out, "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["column", "type", "filled", "empty", "distinct", "min", "median", "max", "sum", "findings"])
            for one in found["columns"]:
                out.writerow(
                    [one[k] for k in ("column", "type", "filled", "empty", "distinct")]
                    + [one.get(k, "") for k in ("min", "median", "max", "sum")]
                    + ["; ".join(f"{f['what']} (rows {f['rows']})" for f in one["findings"])]
                )
    print(json.dumps(found, default=str, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    run(main)
