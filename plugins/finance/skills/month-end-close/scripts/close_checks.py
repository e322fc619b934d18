"""Checks a trial balance, last period's and the journals against one another before a period is closed. Ends with 1 if there are findings.

    close_checks.py tb.csv --period 2026-03 --prior tb-feb.csv --journals journals.csv --suspense 1999 --out close-checks.xlsx

The trial balance has account, opening, movement, closing (debit positive), and type where known: asset, liability, equity,
revenue, cost. Journals have entry, date, account, amount (debit positive).
"""

import argparse
import calendar
import datetime
import json
import pathlib
import sys
from collections import defaultdict
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula  # noqa: E402
from table import Problem, amount, day, read, run  # noqa: E402

ZERO = Decimal("0.00")
DEBIT = {"asset": 1, "cost": 1, "liability": -1, "equity": -1, "revenue": -1}


def balances(path, decimal):
    rows = read(path, need=("account", "opening", "movement", "closing"))
    accounts = {}
    for row in rows:
        if row["account"] in accounts:
            raise Problem(f"{row.at}: account {row['account']} stands twice. Sum it or say which row counts.")
        accounts[row["account"]] = {
            "at": row.at,
            "type": row.get("type", "").casefold(),
            "name": row.get("name", ""),
            **{c: amount(row, c, decimal, empty=ZERO) for c in ("opening", "movement", "closing")},
        }
    return accounts


def period_of(text):
    try:
        year, month = map(int, text.split("-"))
        return datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])
    except ValueError:
        raise Problem(f"“{text}” is not a period: write 2026-03.") from None


def check(accounts, prior, journals, period, suspense, first_month=1, decimal=".", order="ymd"):
    first, last = period
    findings = []
    say = lambda check, where, off, text: findings.append(
        {"check": check, "where": where, "amount": off, "finding": text}
    )
    for column in ("opening", "movement", "closing"):
        off = sum((one[column] for one in accounts.values()), ZERO)
        if off:
            say("debits equal credits", column, off, f"the {column} balances sum to {off}, not 0.00")
    for name, one in accounts.items():
        off = one["opening"] + one["movement"] - one["closing"]
        if off:
            say("opening + movement = closing", one["at"], off, f"account {name}: off by {off}")
        sign = DEBIT.get(one["type"])
        if sign and one["closing"] * sign < 0:
            say(
                "side of the balance",
                one["at"],
                one["closing"],
                f"account {name}: a {one['type']} with a {'credit' if sign > 0 else 'debit'} balance",
            )
        if name in suspense and one["closing"]:
            say("suspense is empty", one["at"], one["closing"], f"account {name} holds {one['closing']}")
    if prior:
        for name in dict.fromkeys([*prior, *accounts]):
            before, now = prior.get(name), accounts.get(name)
            result = (now or before)["type"] in ("revenue", "cost")
            carried = (before["closing"] if before else ZERO) if not (result and first.month == first_month) else ZERO
            off = (now["opening"] if now else ZERO) - carried
            # At the start of the year the result goes to equity: only its sum can be checked, by the debits and credits above.
            if off and not ((now or before)["type"] == "equity" and first.month == first_month):
                say(
                    "opening = last closing",
                    (now or before)["at"],
                    off,
                    f"account {name}: opens with {off} more than it closed"
                    if now
                    else f"account {name} is gone with {before['closing']}",
                )
    if journals is not None:
        entries, moved, bodies = defaultdict(list), defaultdict(lambda: ZERO), defaultdict(list)
        for row in read(journals, need=("entry", "date", "account", "amount")):
            value, date = amount(row, "amount", decimal), day(row, "date", order)
            entries[row["entry"]].append((row, value))
            moved[row["account"]] += value
            if not first <= date <= last:
                say("dated in the period", row.at, value, f"entry {row['entry']} is dated {date}")
            if row["account"] not in accounts:
                say(
                    "account exists",
                    row.at,
                    value,
                    f"entry {row['entry']} posts to {row['account']}, which the trial balance has not",
                )
        for entry, lines in entries.items():
            off = sum((value for _, value in lines), ZERO)
            if off:
                say("entries balance", lines[0][0].at, off, f"entry {entry} is off by {off}")
            bodies[tuple(sorted((row["account"], value) for row, value in lines))].append(
                (entry, lines[0][0].at, sum((v for _, v in lines if v > 0), ZERO))
            )
        for twins in bodies.values():
            for entry, at, size in twins[1:]:
                say(
                    "no entry twice",
                    at,
                    size,
                    f"entry {entry} has the same lines as {twins[0][0]}: a recurring entry, or booked twice?",
                )
        for name, one in accounts.items():
            off = one["movement"] - moved[name]
            if off:
                say(
                    "movement = journals",
                    one["at"],
                    off,
                    f"account {name} moved by {one['movement']}, its journals sum to {moved[name]}",
                )
    return findings


CHECKS = {
    "debits equal credits": "",
    "opening + movement = closing": "",
    "side of the balance": "type",
    "suspense is empty": "suspense",
    "opening = last closing": "prior",
    "dated in the period": "journals",
    "account exists": "journals",
    "entries balance": "journals",
    "no entry twice": "journals",
    "movement = journals": "journals",
}


def workbook(findings, accounts, done):
    book = Book()
    summary, list_, tb = (
        book.sheet("Checks", (34, 14, 40)),
        book.sheet("Findings", (30, 26, 14, 70, 24, 16)),
        book.sheet("Trial balance", (12, 30, 12, 14, 14, 14, 12, 26)),
    )
    list_.head("Check", "Where", "Amount", "Finding", "Owner", "State")
    for one in findings:
        list_.row(one["check"], one["where"], one["amount"], one["finding"], "", "open")
    summary.title("Checks before closing"), summary.head("Check", "Findings", "")
    for name in CHECKS:
        n = len(summary.rows) + 1
        count = sum(one["check"] == name for one in findings)
        summary.row(
            name,
            Formula(f"COUNTIF({list_.span('A', 2, len(list_.rows))},A{n})", count, "count")
            if name in done
            else "not done",
            "" if name in done else f"needs {CHECKS[name]}",
        )
    tb.head("Account", "Name", "Type", "Opening", "Movement", "Closing", "Check", "Source")
    for name, one in accounts.items():
        n = len(tb.rows) + 1
        tb.row(
            Cell(name, "plain"),
            one["name"],
            one["type"],
            one["opening"],
            one["movement"],
            one["closing"],
            Formula(f"ROUND(D{n}+E{n}-F{n},2)", one["opening"] + one["movement"] - one["closing"]),
            one["at"],
        )
    n = len(tb.rows)
    tb.row(
        Cell("Sum", "bold"),
        "",
        "",
        *(
            Formula(f"SUM({c}2:{c}{n})", sum((one[k] for one in accounts.values()), ZERO), "total")
            for c, k in (("D", "opening"), ("E", "movement"), ("F", "closing"))
        ),
    )
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("balance"), parser.add_argument("--period", required=True)
    for name in ("prior", "journals", "out"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--suspense", default="", help="accounts that must be empty, separated by commas")
    parser.add_argument("--year-starts", type=int, default=1, help="first month of the financial year")
    (
        parser.add_argument("--decimal", default=".", choices=".,"),
        parser.add_argument("--dates", default="ymd", choices=("ymd", "dmy", "mdy")),
    )
    given = parser.parse_args(arguments)
    accounts = balances(given.balance, given.decimal)
    suspense = {name.strip() for name in given.suspense.split(",") if name.strip()}
    if unknown := suspense - set(accounts):
        raise Problem(f"The trial balance has no account {', '.join(sorted(unknown))}.")
    findings = check(
        accounts,
        balances(given.prior, given.decimal) if given.prior else None,
        given.journals,
        period_of(given.period),
        suspense,
        given.year_starts,
        given.decimal,
        given.dates,
    )
    have = {
        "": True,
        "type": any(one["type"] for one in accounts.values()),
        "suspense": suspense,
        "prior": given.prior,
        "journals": given.journals,
    }
    done = [name for name, need in CHECKS.items() if have[need]]
    if given.out:
        workbook(findings, accounts, done).save(given.out)
    print(
        json.dumps(
            {"findings": findings, "done": done, "not_done": [name for name in CHECKS if name not in done]},
            default=str,
            indent=1,
        )
    )
    return 1 if findings else 0


if __name__ == "__main__":
    run(main)
