"""Reconciles two lists of amounts: matches rows, keeps what is open, and proves the result against the stated balances.

match.py bank.csv ledger.csv --ref Reference --amount Amount --date Date --closing-a 100.00 --closing-b 90.00 --out reconciliation.xlsx
"""

import argparse
import datetime
import functools
import itertools
import json
import pathlib
import re
import sys
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula  # noqa: E402
from table import Problem, amount, day, figure, read, run  # noqa: E402

# A search among more rows than this finds sums by chance.
CANDIDATES = 20


@functools.lru_cache(maxsize=None)
def squash(ref):
    """Spaces, dashes, slashes, dots and case do not tell references apart."""
    return re.sub(r"[\s\-/.]", "", ref).casefold()


class Item(NamedTuple):
    at: str
    line: int
    ref: str
    amount: Decimal
    date: object
    text: str

    @property
    def twin(self):
        return self.key, self.amount

    @property
    def key(self):
        return squash(self.ref)


def load(path, ref, money, date=None, text=None, decimal=".", order="ymd", sheet=None, flip=False):
    rows = read(path, sheet, need=(ref, money, date, text))
    return [
        Item(
            row.at,
            row.line,
            row[ref],
            -amount(row, money, decimal) if flip else amount(row, money, decimal),
            day(row, date, order) if date else None,
            row[text] if text else "",
        )
        for row in rows
    ]


def total(items):
    return sum((item.amount for item in items), Decimal("0.00"))


def apart(one, other):
    return abs((one.date - other.date).days) if one.date and other.date else 0


def grouped(items, name):
    """Items by amount, key or date."""
    found = defaultdict(list)
    for item in items:
        found[getattr(item, name)].append(item)
    return found


class Matching:
    """Rows of both sides, taken away as they are matched. `a` and `b` are what is open."""

    def __init__(self, left, right, days=0, group=3):
        self.a, self.b, self.days, self.group = list(left), list(right), days, group
        self.matched, self.differences, self.notes = [], [], defaultdict(str)
        self.same = grouped(left, "twin"), grouped(right, "twin")
        dated = all(item.date for item in [*self.a, *self.b]) and bool(self.a and self.b)
        near = lambda x, y: apart(x, y) <= days
        known = lambda x, y: x.key and x.key == y.key
        self._pairs(lambda x, y: known(x, y) and near(x, y), "reference and amount", True)
        if dated:
            self._pairs(known, "reference and amount, dates further apart", True)
            self._pairs(near, "amount and date, references differ", False)
        self._same_reference()
        if dated and group > 1:
            self._groups()
        self._differences()
        self.matched.sort(key=lambda match: min(item.line for item in match[1]))

    def _without(self, left, right):
        """Takes rows away; rows of one side differ in their lines."""
        left, right = {item.line for item in left}, {item.line for item in right}
        self.a = [item for item in self.a if item.line not in left]
        self.b = [item for item in self.b if item.line not in right]

    def _pairs(self, fits, how, sure):
        """One row with one of the same amount. Where it is not sure, only if neither side has a second candidate."""
        ours, theirs = grouped(self.a, "amount"), grouped(self.b, "amount")
        pairs = []
        for item in self.a:
            found = [other for other in theirs[item.amount] if fits(item, other)]
            if not found:
                continue
            back = [one for one in ours[item.amount] if fits(one, found[0])]
            if sure or len(found) == len(back) == 1:
                best = min(found, key=lambda other: (apart(item, other), other.line))
                theirs[item.amount].remove(best)
                ours[item.amount].remove(item)
                pairs.append((item, best))
            else:
                rows = ", ".join(other.at for other in found[:4])
                self.notes[item.at] = f"several rows would fit by amount and date: {rows}"
        self.matched += [(how, [one], [other]) for one, other in pairs]
        self._without(*zip(*pairs)) if pairs else None

    def _same_reference(self):
        """All rows of one reference sum to those of the other side."""
        theirs = grouped(self.b, "key")
        for key, left in grouped(self.a, "key").items():
            right = theirs.get(key)
            if key and right and len(left) + len(right) > 2 and total(left) == total(right):
                self.matched.append(("same reference, sums equal", left, right))
                self._without(left, right)

    def _groups(self):
        for swap in (False, True):
            one, many = (self.b, self.a) if swap else (self.a, self.b)
            dates, gone = grouped(many, "date"), set()
            around = [datetime.timedelta(days=n) for n in range(-self.days, self.days + 1)]
            for item in one:
                near = [o for step in around for o in dates.get(item.date + step, ()) if o.line not in gone]
                if len(near) > CANDIDATES:
                    text = f"{len(near)} rows lie within {self.days} days: too many to look for sums"
                    self.notes[item.at] = self.notes[item.at] or text
                    continue
                sums = [
                    list(some)
                    for size in range(2, self.group + 1)
                    for some in itertools.combinations(near, size)
                    if total(some) == item.amount
                ]
                if len(sums) == 1:
                    gone |= {other.line for other in sums[0]}
                    sides = (sums[0], [item]) if swap else ([item], sums[0])
                    self.matched.append(("one to several by sum, to confirm", *sides))
                    self._without(*sides)
                elif sums:
                    self.notes[item.at] = f"{len(sums)} different sums would fit"

    def _differences(self):
        """One reference, once on each side, two amounts."""
        theirs = grouped(self.b, "key")
        for key, left in grouped(self.a, "key").items():
            right = theirs.get(key, ())
            if key and len(left) == len(right) == 1:
                one, other = left[0], right[0]
                gap = one.amount - other.amount
                swapped = "divisible by 9: digits swapped?" if gap * 100 % 9 == 0 else ""
                hint = "sign reversed" if one.amount == -other.amount else swapped
                self.differences.append((one, other, gap, hint))
                self._without(left, right)

    def note(self, item, side):
        """What the match has to say about an open row of side 0 (A) or 1 (B)."""
        twin = next((other for other in self.same[side][item.twin] if other.line != item.line), None)
        return f"same reference and amount as {twin.at}: booked twice?" if twin and item.key else self.notes[item.at]


def prove(found, left, right, opening, closing):
    """Against figures that are not sums of these rows: the balances the statements give. None where they are not known."""
    proof = {"side_a": None, "side_b": None, "unexplained": None}
    for side, rows, start, end in (("side_a", left, opening[0], closing[0]), ("side_b", right, opening[1], closing[1])):
        if start is not None and end is not None:
            proof[side] = end - start - total(rows)
    if None not in closing:
        start = (opening[0] or 0) - (opening[1] or 0)
        gaps = sum((gap for _, _, gap, _ in found.differences), Decimal("0.00"))
        proof["unexplained"] = closing[0] - closing[1] - start - (total(found.a) - total(found.b) + gaps)
    return proof


def workbook(found, left, right, names, opening, closing, proof):
    book = Book()
    summary = book.sheet("Summary", (46, 18, 60))
    matched = book.sheet("Matched", (34, 26, 14, 12, 14, 26, 14, 12, 14))
    gaps = book.sheet("Differences", (26, 14, 14, 26, 14, 14, 14, 30))
    matched.head("How", "Row A", "Reference A", "Date A", "Amount A", "Row B", "Reference B", "Date B", "Amount B")
    for how, some, others in found.matched:
        for x, y in itertools.zip_longest(some, others):
            matched.row(
                how,
                *((x.at, x.ref, x.date, x.amount) if x else (None,) * 4),
                *((y.at, y.ref, y.date, y.amount) if y else (None,) * 4),
            )
    gaps.head("Row A", "Reference", "Amount A", "Row B", "Reference", "Amount B", "A − B", "Hint")
    for x, y, gap, hint in found.differences:
        n = len(gaps.rows) + 1
        gaps.row(x.at, x.ref, x.amount, y.at, y.ref, y.amount, Formula(f"C{n}-F{n}", gap), hint)
    opens = []
    for side, items in (("A", found.a), ("B", found.b)):
        sheet = book.sheet(f"Open {side}", (26, 14, 12, 14, 40, 50, 24, 40))
        sheet.head(
            "Row",
            "Reference",
            "Date",
            "Amount",
            "Text",
            "Found by the match",
            "Cause (timing, missing, error, unknown)",
            "Action",
        )
        for item in items:
            sheet.row(
                item.at,
                item.ref,
                item.date,
                item.amount,
                item.text,
                found.note(item, "AB".index(side)),
                "",
                "",
            )
        opens.append((sheet, total(items)))
    gap = sum((gap for _, _, gap, _ in found.differences), Decimal("0.00"))
    sums = [Formula(f"SUM({sheet.span('D', 2, len(sheet.rows))})", money) for sheet, money in opens]
    sums.append(Formula(f"SUM({gaps.span('G', 2, len(gaps.rows))})", gap))
    summary.title("Reconciliation")
    summary.row("A", names[0]), summary.row("B", names[1])
    summary.row()
    cell = lambda value: Cell(value, "input") if value is not None else "not stated"
    at = {
        name: summary.row(name, value, note)
        for name, value, note in (
            ("Closing balance A, stated", cell(closing[0]), "from the statement, not from the rows"),
            ("Closing balance B, stated", cell(closing[1]), ""),
            ("Opening balance A, stated", cell(opening[0]), ""),
            ("Opening balance B, stated", cell(opening[1]), ""),
            ("Open in A only", sums[0], "sheet Open A"),
            ("Open in B only", sums[1], "sheet Open B"),
            ("Same reference, other amount (A − B)", sums[2], "sheet Differences"),
        )
    }
    rows = list(at.values())
    if proof["unexplained"] is None:
        summary.row(
            Cell("Unexplained", "bold"),
            "not provable",
            "Closing balances of both sides are needed: without them nothing is proved.",
        )
    else:
        summary.row(
            Cell("Unexplained", "bold"),
            Formula(
                f"B{rows[0]}-B{rows[1]}-(N(B{rows[2]})-N(B{rows[3]}))-(B{rows[4]}-B{rows[5]}+B{rows[6]})",
                proof["unexplained"],
                "total",
            ),
            "must be 0.00",
        )
    for side, key in (("A", "side_a"), ("B", "side_b")):
        value = proof[key]
        summary.row(
            f"Closing − opening − rows of {side}",
            "not provable" if value is None else value,
            "must be 0.00: otherwise rows are missing or doubled"
            if value is not None
            else "opening and closing balance needed",
        )
    summary.row()
    summary.row("Rows A / B", f"{len(left)} / {len(right)}"), summary.row("Matches", len(found.matched))
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a"), parser.add_argument("b")
    for name, usual in (("ref", "ref"), ("amount", "amount"), ("date", None), ("text", None), ("sheet", None)):
        (
            parser.add_argument(f"--{name}", default=usual),
            parser.add_argument(f"--{name}-b", help=f"where B's {name} is called otherwise"),
        )
    for name in ("opening-a", "opening-b", "closing-a", "closing-b"):
        parser.add_argument(f"--{name}", type=figure)
    parser.add_argument("--days", type=int, default=3, help="dates may lie so far apart (3)")
    parser.add_argument("--group", type=int, default=3, help="most rows that one row may stand for (3); 1: none")
    (
        parser.add_argument("--decimal", default=".", choices=".,"),
        parser.add_argument("--dates", default="ymd", choices=("ymd", "dmy", "mdy")),
    )
    parser.add_argument("--flip-b", action="store_true", help="B has the opposite sign"), parser.add_argument("--out")
    given = parser.parse_args(arguments)
    if not 1 <= given.group <= 5 or not 0 <= given.days <= 92:
        raise Problem("--group is 1 to 5 and --days 0 to 92: beyond that, matches are chance.")
    side = lambda other: {
        name: (other and getattr(given, f"{name}_b")) or getattr(given, name)
        for name in ("ref", "date", "text", "sheet")
    }
    more = {"decimal": given.decimal, "order": given.dates}
    left = load(given.a, money=given.amount, **side(False), **more)
    right = load(given.b, money=given.amount_b or given.amount, flip=given.flip_b, **side(True), **more)
    found = Matching(left, right, given.days, given.group)
    opening, closing = (given.opening_a, given.opening_b), (given.closing_a, given.closing_b)
    proof = prove(found, left, right, opening, closing)
    if given.out:
        workbook(
            found, left, right, (pathlib.Path(given.a).name, pathlib.Path(given.b).name), opening, closing, proof
        ).save(given.out)
    show = lambda item: {"row": item.at, "ref": item.ref, "date": item.date, "amount": item.amount}
    print(
        json.dumps(
            {
                "rows": [len(left), len(right)],
                "totals": [total(left), total(right)],
                "proof": proof,
                "matched": [
                    {"how": how, "a": [i.at for i in x], "b": [i.at for i in y], "amount": total(x)}
                    for how, x, y in found.matched
                ],
                "differences": [
                    {"a": show(x), "b": show(y), "gap": gap, "hint": hint} for x, y, gap, hint in found.differences
                ],
                "open_a": [{**show(i), "note": found.note(i, 0)} for i in found.a],
                "open_b": [{**show(i), "note": found.note(i, 1)} for i in found.b],
            },
            default=str,
            indent=1,
        )
    )


if __name__ == "__main__":
    run(main)
