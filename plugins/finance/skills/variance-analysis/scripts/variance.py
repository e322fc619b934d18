"""Compares two periods or actual with budget, line by line; with quantities also price, volume and mix. Everything sums to the whole.

variance.py actual.csv budget.csv --key Line --amount Amount --type Type --quantity Units --threshold 5000 --percent 10 --out variance.xlsx
"""

import argparse
import json
import pathlib
import sys
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula  # noqa: E402
from table import Problem, amount, figure, read, run  # noqa: E402

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(value):
    return (
        (Decimal(value.numerator) / Decimal(value.denominator)).quantize(CENT, ROUND_HALF_UP)
        if isinstance(value, Fraction)
        else value
    )


def load(path, key, money, kind=None, quantity=None, decimal=".", sheet=None):
    """{key: {amount, quantity, kind, rows}}; several rows of one key are summed and all named."""
    lines = {}
    for row in read(path, sheet, need=(key, money, kind, quantity)):
        if not row[key]:
            raise Problem(f"{row.at}: {key} is empty, so its amount belongs to no line.")
        line = lines.setdefault(row[key], {"amount": ZERO, "quantity": ZERO, "kind": "", "rows": []})
        line["amount"] += amount(row, money, decimal)
        line["quantity"] += amount(row, quantity, decimal, empty=ZERO) if quantity else ZERO
        line["kind"] = (row[kind].casefold() if kind else "") or line["kind"]
        line["rows"].append(str(row.line))
    return lines


def compare(now, base, threshold, percent):
    lines = []
    for key in dict.fromkeys([*base, *now]):
        new, old = now.get(key), base.get(key)
        a, b = (new or {"amount": ZERO})["amount"], (old or {"amount": ZERO})["amount"]
        kinds = {side["kind"] for side in (new, old) if side and side["kind"]}
        if len(kinds) > 1 or kinds - {"revenue", "cost"}:
            raise Problem(
                f"{key}: the type must be revenue or cost, the same on both sides; it is {', '.join(sorted(kinds))}."
            )
        kind, gap = next(iter(kinds), ""), a - b
        share = abs(gap) / abs(b) * 100 if b else None
        good = "" if not kind or not gap else "favourable" if (gap > 0) == (kind == "revenue") else "adverse"
        lines.append(
            {
                "key": key,
                "now": a,
                "base": b,
                "gap": gap,
                "kind": kind,
                "effect": good,
                "percent": None if b == 0 else gap / abs(b),
                "material": abs(gap) >= threshold and (share is None or share >= percent),
                "status": "new" if old is None else "gone" if new is None else "",
                "rows_now": (new or {}).get("rows", []),
                "rows_base": (old or {}).get("rows", []),
            }
        )
    return lines


def price_volume_mix(now, base):
    """Effects of the lines that have quantities on both sides, of new and of dropped lines; sums exactly to the variance."""
    both = [key for key in base if key in now and base[key]["quantity"] and now[key]["quantity"]]
    sum_of = lambda side, what: sum((Fraction(side[key][what]) for key in both), Fraction(0))
    q0, q1, a0 = sum_of(base, "quantity"), sum_of(now, "quantity"), sum_of(base, "amount")
    at_old_price = sum(
        (
            Fraction(base[key]["amount"]) / Fraction(base[key]["quantity"]) * Fraction(now[key]["quantity"])
            for key in both
        ),
        Fraction(0),
    )
    price, volume = sum_of(now, "amount") - at_old_price, (q1 - q0) * a0 / q0 if q0 else Fraction(0)
    rest = lambda side, other: sum((side[key]["amount"] for key in side if key not in both and key not in other), ZERO)
    whole = sum((line["amount"] for line in now.values()), ZERO) - sum((line["amount"] for line in base.values()), ZERO)
    found = {
        "price": cents(price),
        "volume": cents(volume),
        "new lines": rest(now, base),
        "dropped lines": -rest(base, now),
    }
    found["lines without quantities"] = sum(
        (now[k]["amount"] - base[k]["amount"] for k in base if k in now and k not in both), ZERO
    )
    found["mix"] = whole - sum(found.values(), ZERO)  # takes the rounding of the others, a cent at most
    return found


def workbook(lines, effects, threshold, percent):
    book = Book()
    summary, detail = (
        book.sheet("Summary", (44, 16, 16, 16, 12, 14)),
        book.sheet("Lines", (34, 10, 14, 14, 14, 10, 12, 10, 18, 18, 60)),
    )
    detail.head(
        "Line",
        "Type",
        "Actual",
        "Base",
        "Variance",
        "%",
        "Effect",
        "Material",
        "Rows actual",
        "Rows base",
        "Explanation (driver, evidence, one-off or lasting)",
    )
    for line in sorted(lines, key=lambda one: -abs(one["gap"])):
        n = len(detail.rows) + 1
        share = (
            Formula(f"E{n}/ABS(D{n})", line["percent"], "percent")
            if line["percent"] is not None
            else line["status"] or "n/a"
        )
        detail.row(
            line["key"],
            line["kind"],
            line["now"],
            line["base"],
            Formula(f"C{n}-D{n}", line["gap"]),
            share,
            line["effect"],
            Cell("yes", "bad") if line["material"] else "",
            ", ".join(line["rows_now"]),
            ", ".join(line["rows_base"]),
            "",
        )
    last = len(detail.rows)
    summary.title("Variance analysis")
    summary.row("Material from (amount and %)", Cell(threshold, "input"), Cell(percent / 100, "input percent"))
    summary.row()
    summary.head("", "Actual", "Base", "Variance")
    for kind in [k for k in ("revenue", "cost", "") if any(line["kind"] == k for line in lines)]:
        n = len(summary.rows) + 1
        some = [line for line in lines if line["kind"] == kind]
        pick = f'{detail.span("B", 2, last)},"{kind}",' if kind else f'{detail.span("B", 2, last)},"",'
        cells = [
            Formula(f"SUMIFS({detail.span(c, 2, last)},{pick[:-1]})", sum((line[k] for line in some), ZERO))
            for c, k in (("C", "now"), ("D", "base"))
        ]
        summary.row(kind.capitalize() or "All lines", *cells, Formula(f"B{n}-C{n}", cells[0].value - cells[1].value))
    summary.row("Material lines", sum(line["material"] for line in lines)), summary.row()
    if effects:
        first = summary.head("Why", "Effect") + 1
        for name, value in effects.items():
            summary.row(name.capitalize(), value)
        end = len(summary.rows)
        summary.row(
            Cell("Sum of effects", "bold"), Formula(f"SUM(B{first}:B{end})", sum(effects.values(), ZERO), "total")
        )
        summary.row(
            "Sum of effects − variance without costs",
            Formula(
                f"B{end + 1}-SUM({detail.span('E', 2, last)})+SUMIFS({detail.span('E', 2, last)},"
                f'{detail.span("B", 2, last)},"cost")',
                ZERO,
            ),
            "must be 0.00",
        )
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    (
        parser.add_argument("actual"),
        parser.add_argument("base"),
        parser.add_argument("--key", required=True),
        parser.add_argument("--amount", required=True),
    )
    for name in ("type", "quantity", "sheet", "out"):
        parser.add_argument(f"--{name}")
    (
        parser.add_argument("--threshold", type=figure, default=ZERO),
        parser.add_argument("--percent", type=figure, default=ZERO),
    )
    parser.add_argument("--decimal", default=".", choices=".,")
    given = parser.parse_args(arguments)
    now, base = (
        load(path, given.key, given.amount, given.type, given.quantity, given.decimal, given.sheet)
        for path in (given.actual, given.base)
    )
    lines = compare(now, base, given.threshold, given.percent)
    costs = {line["key"] for line in lines if line["kind"] == "cost"}
    sold = lambda side: {key: line for key, line in side.items() if key not in costs}
    effects = price_volume_mix(sold(now), sold(base)) if given.quantity else {}
    if given.out:
        workbook(lines, effects, given.threshold, given.percent).save(given.out)
    print(
        json.dumps(
            {
                "variance": {
                    kind or "all": sum((line["gap"] for line in lines if line["kind"] == kind), ZERO)
                    for kind in sorted({line["kind"] for line in lines})
                },
                "effects": effects,
                "material": [line for line in sorted(lines, key=lambda one: -abs(one["gap"])) if line["material"]],
                "lines": len(lines),
            },
            default=str,
            indent=1,
        )
    )


if __name__ == "__main__":
    run(main)
