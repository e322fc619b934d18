"""Looks through supplier invoices for what should not be paid yet: doubles, wrong sums, no order, more than ordered or received.

    audit.py invoices.csv --orders orders.csv --receipts receipts.csv --vendors vendors.csv --limit 5000 --out invoice-audit.xlsx

Invoices: invoice, vendor, date, net, tax, gross; where known order, quantity, price, account (the bank account to be paid).
Orders: order, vendor, quantity, price. Receipts: order, quantity. Vendors: vendor, account. Ends with 1 if there are findings.
"""

import argparse
import itertools
import json
import pathlib
import re
import sys
from collections import defaultdict
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula  # noqa: E402
from table import Problem, amount, day, figure, read, run  # noqa: E402

ZERO = Decimal("0.00")
SEVERITY = {
    "same invoice twice": "hold",
    "bank account differs": "hold",
    "more than received": "hold",
    "vendor not known": "hold",
    "similar invoice": "look",
    "net + tax is not gross": "hold",
    "quantity × price is not net": "hold",
    "tax rate": "look",
    "no order": "look",
    "order of another vendor": "hold",
    "price above the order": "hold",
    "more than ordered": "hold",
    "just under the limit": "look",
    "limit split": "look",
}


def squash(text):
    """INV-0042, inv 42 and 42 are one number."""
    return re.sub(r"^(inv|rechnung|re|no)+", "", re.sub(r"[^a-z0-9]", "", text.casefold())).lstrip("0")


def load(path, decimal, order, sheet=None):
    invoices = []
    for row in read(path, sheet, need=("invoice", "vendor", "date", "net", "tax", "gross")):
        one = {
            "at": row.at,
            "date": day(row, "date", order),
            **{k: row.get(k, "") for k in ("invoice", "vendor", "order", "account")},
        }
        one |= {k: amount(row, k, decimal) for k in ("net", "tax", "gross")}
        one |= {k: amount(row, k, decimal) if row.get(k) else None for k in ("quantity", "price")}
        invoices.append(one)
    return invoices


def audit(invoices, orders, receipts, vendors, limit, rates, tolerance):
    findings = []

    def say(check, one, at_risk, text):
        findings.append(
            {
                "check": check,
                "severity": SEVERITY[check],
                "at": one["at"],
                "invoice": one["invoice"],
                "vendor": one["vendor"],
                "amount": at_risk,
                "finding": text,
            }
        )

    seen, of_vendor, of_number = [], defaultdict(list), defaultdict(list)
    for one in sorted(invoices, key=lambda i: (i["date"], i["at"])):
        vendor, number = one["vendor"].casefold(), squash(one["invoice"])
        same_vendor, same_number = of_vendor[vendor], of_number[number] if number else []
        twin = next((o for o in same_number if o["vendor"].casefold() == vendor), None)
        alike = next(
            (o for o in same_vendor if o["gross"] == one["gross"] and (one["date"] - o["date"]).days <= 45), None
        )
        other = next((o for o in same_number if o["vendor"].casefold() != vendor and o["gross"] == one["gross"]), None)
        if twin:
            say(
                "same invoice twice",
                one,
                one["gross"],
                f"as {twin['invoice']} in {twin['at']}"
                + ("" if twin["gross"] == one["gross"] else f", with {twin['gross']}"),
            )
        elif alike:
            say(
                "similar invoice",
                one,
                one["gross"],
                f"same vendor and gross as {alike['invoice']} of {alike['date']} in {alike['at']}: recurring, or sent twice?",
            )
        elif other:
            say(
                "similar invoice",
                one,
                one["gross"],
                f"same number and gross as {other['vendor']} in {other['at']}: one supplier under two names?",
            )
        seen.append(one)
        same_vendor.append(one)
        of_number[number].append(one)
        if abs(off := one["net"] + one["tax"] - one["gross"]) > tolerance:
            say(
                "net + tax is not gross",
                one,
                -off,
                f"{one['net']} + {one['tax']} is {one['net'] + one['tax']}, not {one['gross']}",
            )
        if (
            one["quantity"] is not None
            and one["price"] is not None
            and abs(off := one["net"] - one["quantity"] * one["price"]) > tolerance
        ):
            say(
                "quantity × price is not net",
                one,
                off,
                f"{one['quantity']} × {one['price']} is {one['quantity'] * one['price']}, not {one['net']}",
            )
        if rates and not any(abs(one["net"] * rate / 100 - one["tax"]) <= tolerance for rate in rates):
            say(
                "tax rate",
                one,
                one["tax"],
                f"{one['tax']} on {one['net']} is none of the rates {', '.join(map(str, rates))} %",
            )
        if vendors is not None:
            known = vendors.get(one["vendor"].casefold())
            if known is None:
                say("vendor not known", one, one["gross"], f"{one['vendor']} is not in the list of vendors")
            elif one["account"] and re.sub(r"\s", "", one["account"]) != known:
                say(
                    "bank account differs",
                    one,
                    one["gross"],
                    "the account on the invoice is not the one on file: confirm by a telephone number already on file",
                )
        if limit and limit * Decimal("0.95") <= one["gross"] < limit:
            say("just under the limit", one, one["gross"], f"{one['gross']} is within 5 % below {limit}")
    if limit:
        near = ((one, two) for some in of_vendor.values() for one, two in itertools.combinations(some, 2))
        for one, two in near:
            if (
                (two["date"] - one["date"]).days <= 3
                and max(one["gross"], two["gross"]) < limit <= one["gross"] + two["gross"]
                and one["invoice"] != two["invoice"]
            ):
                say(
                    "limit split",
                    two,
                    one["gross"] + two["gross"],
                    f"with {one['invoice']} ({one['at']}) it is {one['gross'] + two['gross']}, at or above {limit}",
                )
    if orders is not None:
        billed = defaultdict(lambda: ZERO)
        for one in seen:
            order = orders.get(one["order"])
            if order is None:
                say(
                    "no order",
                    one,
                    one["gross"],
                    f"order {one['order']} is not in the list" if one["order"] else "no order is named",
                )
                continue
            if order["vendor"].casefold() != one["vendor"].casefold():
                say("order of another vendor", one, one["gross"], f"order {one['order']} is with {order['vendor']}")
            if one["price"] is not None and one["price"] > order["price"]:
                say(
                    "price above the order",
                    one,
                    (one["price"] - order["price"]) * (one["quantity"] or 1),
                    f"{one['price']} instead of {order['price']} ({order['at']})",
                )
            if one["quantity"] is not None:
                before = billed[one["order"]]
                billed[one["order"]] += one["quantity"]
                bounds = [("more than ordered", order["quantity"], order["at"])] + (
                    [("more than received", receipts.get(one["order"], ZERO), "receipts")]
                    if receipts is not None
                    else []
                )
                for check, bound, where in bounds:
                    over = (
                        min(one["quantity"], billed[one["order"]] - max(bound, ZERO))
                        if billed[one["order"]] > bound
                        else ZERO
                    )
                    if over > 0:
                        say(
                            check,
                            one,
                            over * (one["price"] or order["price"]),
                            f"{billed[one['order']]} billed so far ({before} before), {bound} {check.split()[-1]} ({where})",
                        )
    return sorted(findings, key=lambda f: (f["severity"], -abs(f["amount"])))


def workbook(invoices, findings):
    book = Book()
    summary, list_, all_ = (
        book.sheet("Summary", (34, 12, 16, 40)),
        book.sheet("Findings", (28, 10, 18, 26, 14, 80, 24, 20)),
        book.sheet("Invoices", (18, 28, 12, 14, 14, 14, 10, 24)),
    )
    list_.head("Check", "Severity", "Invoice", "Vendor", "Amount", "Finding", "Source", "Decision")
    for f in findings:
        list_.row(
            f["check"],
            Cell(f["severity"], "bad" if f["severity"] == "hold" else "plain"),
            f["invoice"],
            f["vendor"],
            f["amount"],
            f["finding"],
            f["at"],
            "",
        )
    all_.head("Invoice", "Vendor", "Date", "Net", "Tax", "Gross", "State", "Source")
    states = {}
    for f in findings:
        states[f["at"]] = "hold" if "hold" in (f["severity"], states.get(f["at"])) else "look"
    for one in invoices:
        all_.row(
            one["invoice"],
            one["vendor"],
            one["date"],
            one["net"],
            one["tax"],
            one["gross"],
            states.get(one["at"], "clear"),
            one["at"],
        )
    last = len(all_.rows)
    summary.title("Invoice audit"), summary.head("State", "Invoices", "Gross")
    for state in ("hold", "look", "clear"):
        n, some = len(summary.rows) + 1, [one for one in invoices if states.get(one["at"], "clear") == state]
        summary.row(
            state,
            Formula(f"COUNTIF({all_.span('G', 2, last)},A{n})", len(some), "count"),
            Formula(
                f"SUMIFS({all_.span('F', 2, last)},{all_.span('G', 2, last)},A{n})",
                sum((one["gross"] for one in some), ZERO),
            ),
        )
    summary.row(
        Cell("All", "bold"),
        Formula("SUM(B3:B5)", len(invoices), "count"),
        Formula("SUM(C3:C5)", sum((one["gross"] for one in invoices), ZERO), "total"),
    )
    summary.row(), summary.head("Check", "Findings", "Amount")
    for check in dict.fromkeys(f["check"] for f in findings):
        n, some = len(summary.rows) + 1, [f for f in findings if f["check"] == check]
        summary.row(
            check,
            Formula(f"COUNTIF({list_.span('A', 2, len(list_.rows))},A{n})", len(some), "count"),
            Formula(
                f"SUMIFS({list_.span('E', 2, len(list_.rows))},{list_.span('A', 2, len(list_.rows))},A{n})",
                sum((f["amount"] for f in some), ZERO),
            ),
        )
    summary.row("Amounts of several checks overlap: they are not added up.")
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("invoices")
    for name in ("orders", "receipts", "vendors", "sheet", "out"):
        parser.add_argument(f"--{name}")
    (
        parser.add_argument("--limit", type=figure, help="gross from which a second approval is needed"),
        parser.add_argument("--rates", default="", help="tax rates in percent: 0,7,19"),
    )
    parser.add_argument("--tolerance", type=figure, default=Decimal("0.02"), help="rounding that is no finding (0.02)")
    (
        parser.add_argument("--decimal", default=".", choices=".,"),
        parser.add_argument("--dates", default="ymd", choices=("ymd", "dmy", "mdy")),
    )
    given = parser.parse_args(arguments)
    if given.receipts and not given.orders:
        raise Problem("Receipts are compared by their orders: give --orders too.")
    invoices = load(given.invoices, given.decimal, given.dates, given.sheet)
    orders = receipts = vendors = None
    if given.orders:
        orders = {
            row["order"]: {
                "at": row.at,
                "vendor": row["vendor"],
                "quantity": amount(row, "quantity", given.decimal),
                "price": amount(row, "price", given.decimal),
            }
            for row in read(given.orders, need=("order", "vendor", "quantity", "price"))
        }
    if given.receipts:
        receipts = defaultdict(lambda: ZERO)
        for row in read(given.receipts, need=("order", "quantity")):
            receipts[row["order"]] += amount(row, "quantity", given.decimal)
    if given.vendors:
        vendors = {
            row["vendor"].casefold(): re.sub(r"\s", "", row["account"])
            for row in read(given.vendors, need=("vendor", "account"))
        }
    findings = audit(
        invoices,
        orders,
        receipts,
        vendors,
        given.limit,
        [Decimal(rate) for rate in given.rates.split(",") if rate],
        given.tolerance,
    )
    if given.out:
        workbook(invoices, findings).save(given.out)
    held = {f["at"] for f in findings if f["severity"] == "hold"}
    print(
        json.dumps(
            {
                "invoices": len(invoices),
                "gross": sum((one["gross"] for one in invoices), ZERO),
                "hold": sum((one["gross"] for one in invoices if one["at"] in held), ZERO),
                "findings": findings,
                "not_done": [
                    name
                    for name, have in (
                        ("orders", orders),
                        ("receipts", receipts),
                        ("vendors", vendors),
                        ("limit", given.limit),
                        ("rates", given.rates),
                    )
                    if not have
                ],
            },
            default=str,
            indent=1,
        )
    )
    return 1 if findings else 0


if __name__ == "__main__":
    run(main)
