"""A cash forecast by weeks from dated items: opening, receipts, payments, closing, lowest point, and what late customers would do.

    forecast.py items.csv --opening 25000 --start 2026-04-06 --weeks 13 --minimum 10000 --late-days 14 --out cash-forecast.xlsx

Items have date, category, party, amount (receipts positive, payments negative), and where known certainty (booked, likely, possible).
"""

import argparse
import datetime
import json
import pathlib
import sys
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula, letter  # noqa: E402
from table import Problem, amount, day, figure, read, run  # noqa: E402

ZERO = Decimal("0.00")
CERTAIN = ("booked", "likely", "possible")


def load(path, start, weeks, decimal=".", order="ymd", sheet=None):
    items = []
    end = start + datetime.timedelta(weeks=weeks)
    for row in read(path, sheet, need=("date", "category", "party", "amount")):
        certainty = row.get("certainty", "").casefold() or "booked"
        if certainty not in CERTAIN:
            raise Problem(f"{row.at}: certainty is {row['certainty']}; it must be booked, likely or possible.")
        date = day(row, "date", order)
        items.append(
            {
                "at": row.at,
                "date": date,
                "category": row["category"] or "Other",
                "party": row["party"],
                "amount": amount(row, "amount", decimal),
                "certainty": certainty,
                "overdue": date < start,
                "beyond": date >= end,
            }
        )
    return items


def week_of(date, start, weeks, late=0):
    """From 0; what is overdue is expected in the first week. None beyond the horizon."""
    week = max(0, (date + datetime.timedelta(days=late) - start).days // 7)
    return week if week < weeks else None


def forecast(items, opening, start, weeks, late=0):
    """Closing balance of each week. Overdue receipts are late from today, others from their date; possible receipts do not count."""
    sums = [[ZERO, ZERO] for _ in range(weeks)]
    for item in items:
        receipt = item["amount"] > 0
        if receipt and item["certainty"] == "possible":
            continue
        week = week_of(max(item["date"], start), start, weeks, late if receipt else 0)
        if week is not None:
            sums[week][0 if receipt else 1] += item["amount"]
    closing, balance = [], opening
    for receipts, payments in sums:
        balance += receipts + payments
        closing.append(balance)
    return sums, closing


def workbook(items, opening, start, weeks, minimum, late):
    book = Book()
    summary, plan, page = (
        book.sheet("Summary", (46, 16, 50)),
        book.sheet("Weeks", (30, *[13] * weeks)),
        book.sheet("Items", (12, 12, 24, 30, 14, 12, 26, 12)),
    )
    page.head("Date", "Expected", "Category", "Party", "Amount", "Certainty", "Source", "Counts")
    for item in items:
        counts = item["certainty"] != "possible" or item["amount"] < 0
        page.row(
            item["date"],
            max(item["date"], start),
            item["category"],
            item["party"],
            item["amount"],
            item["certainty"],
            item["at"],
            "yes" if counts else "no",
        )
    last = len(page.rows)
    sums, closing = forecast(items, opening, start, weeks)
    _, stressed = forecast(items, opening, start, weeks, late)
    starts = [start + datetime.timedelta(weeks=week) for week in range(weeks)]
    counted = [item for item in items if item["certainty"] != "possible" or item["amount"] < 0]
    plan.head("Week from")
    plan.rows[0] += tuple(Cell(date, "date") for date in starts)
    columns = [letter(week + 2) for week in range(weeks)]
    plan.row(
        "Opening balance",
        *(
            Formula(f"{columns[w - 1]}{{end}}" if w else summary.ref("B", 3), closing[w - 1] if w else opening)
            for w in range(weeks)
        ),
    )
    for side, test in (("Receipts", lambda value: value > 0), ("Payments", lambda value: value <= 0)):
        plan.row(Cell(side, "bold"))
        for category in dict.fromkeys(item["category"] for item in items if test(item["amount"])):
            n = len(plan.rows) + 1
            sign = ">0" if side == "Receipts" else "<=0"
            cells = []
            for week, column in enumerate(columns):
                value = sum(
                    (
                        i["amount"]
                        for i in counted
                        if i["category"] == category and test(i["amount"]) and week_of(i["date"], start, weeks) == week
                    ),
                    ZERO,
                )
                cells.append(
                    Formula(
                        f'SUMIFS({page.span("E", 2, last)},{page.span("C", 2, last)},$A{n},{page.span("B", 2, last)},">="&{column}$1,'
                        f'{page.span("B", 2, last)},"<"&{column}$1+7,{page.span("E", 2, last)},"{sign}",{page.span("H", 2, last)},"yes")',
                        value,
                    )
                )
            plan.row(category, *cells)
    lines = len(plan.rows)
    plan.row(
        Cell("Net cash flow", "bold"),
        *(Formula(f"SUM({c}3:{c}{lines})", sums[w][0] + sums[w][1], "total") for w, c in enumerate(columns)),
    )
    plan.row(
        Cell("Closing balance", "bold"),
        *(Formula(f"{c}2+{c}{lines + 1}", closing[w], "total") for w, c in enumerate(columns)),
    )
    end = len(plan.rows)
    plan.rows[1] = tuple(
        cell._replace(text=cell.text.format(end=end)) if isinstance(cell, Formula) else cell for cell in plan.rows[1]
    )
    plan.row(
        "Below the minimum",
        *(
            Formula(f'IF({c}{end}<{summary.ref("B", 4)},"below","")', "below" if closing[w] < minimum else "", "bold")
            for w, c in enumerate(columns)
        ),
    )
    plan.row(f"Closing, receipts {late} days late", *stressed)
    span = f"'Weeks'!$B${end}:${columns[-1]}${end}"
    summary.title(f"Cash forecast, {weeks} weeks from {start}")
    summary.row()
    summary.row("Opening balance", Cell(opening, "input"), "from the bank statement")
    summary.row("Minimum balance", Cell(minimum, "input"))
    summary.row(
        "Lowest closing balance",
        Formula(f"MIN({span})", min(closing)),
        f"week from {starts[closing.index(min(closing))]}",
    )
    summary.row("Closing balance at the end", Formula(f"INDEX({span},1,{weeks})", closing[-1]))
    summary.row(
        f"Lowest, receipts {late} days late",
        Formula(f"MIN('Weeks'!$B${end + 2}:${columns[-1]}${end + 2})", min(stressed)),
        f"week from {starts[stressed.index(min(stressed))]}",
    )
    for label, test in (
        ("Overdue, expected in the first week", lambda i: i["overdue"]),
        ("Beyond the last week, not counted", lambda i: i["beyond"]),
        ("Possible receipts, not counted", lambda i: i["certainty"] == "possible" and i["amount"] > 0),
    ):
        summary.row(label, sum((i["amount"] for i in items if test(i)), ZERO))
    moved = sum((i["amount"] for i in counted if not i["beyond"]), ZERO)
    counted_sum = f'SUMIFS({page.span("E", 2, last)},{page.span("H", 2, last)},"yes",{page.span("B", 2, last)},"<"&({plan.ref(columns[-1], 1)}+7))'
    summary.row(
        "Opening + counted items − closing",
        Formula(f"B3+{counted_sum}-B6", opening + moved - closing[-1]),
        "must be 0.00",
    )
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items"), parser.add_argument("--opening", type=figure, required=True)
    (
        parser.add_argument("--start", type=datetime.date.fromisoformat, required=True),
        parser.add_argument("--weeks", type=int, default=13),
    )
    (
        parser.add_argument("--minimum", type=figure, default=ZERO),
        parser.add_argument("--late-days", type=int, default=14),
    )
    parser.add_argument("--sheet"), parser.add_argument("--out")
    (
        parser.add_argument("--decimal", default=".", choices=".,"),
        parser.add_argument("--dates", default="ymd", choices=("ymd", "dmy", "mdy")),
    )
    given = parser.parse_args(arguments)
    if not 1 <= given.weeks <= 53:
        raise Problem("--weeks is 1 to 53: further ahead, plan by months.")
    items = load(given.items, given.start, given.weeks, given.decimal, given.dates, given.sheet)
    sums, closing = forecast(items, given.opening, given.start, given.weeks)
    _, late = forecast(items, given.opening, given.start, given.weeks, given.late_days)
    if given.out:
        workbook(items, given.opening, given.start, given.weeks, given.minimum, given.late_days).save(given.out)
    print(
        json.dumps(
            {
                "weeks": [
                    {
                        "from": given.start + datetime.timedelta(weeks=w),
                        "receipts": s[0],
                        "payments": s[1],
                        "closing": closing[w],
                        "closing_if_late": late[w],
                    }
                    for w, s in enumerate(sums)
                ],
                "lowest": min(closing),
                "lowest_if_late": min(late),
                "below_minimum": [w + 1 for w, value in enumerate(closing) if value < given.minimum],
                "overdue": [i["at"] for i in items if i["overdue"]],
                "beyond": [i["at"] for i in items if i["beyond"]],
            },
            default=str,
            indent=1,
        )
    )


if __name__ == "__main__":
    run(main)
