"""Checks a quote before it goes out: prices against the list, every sum, tax, discounts and who has to approve them, margin, dates.

    quote.py quote.csv --prices prices.csv --net 9500.00 --tax 19 --gross 11305.00 --approvals 10:manager,20:director --margin 25 \
        --date 2026-04-01 --valid-until 2026-04-30 --out quote-check.xlsx

The quote has sku, quantity, unit_price (before discount), discount (percent, may be empty), total. The list has sku, price; where known cost, valid_until,
minimum. Ends with 1 if there are findings.
"""

import argparse
import datetime
import json
import pathlib
import sys
from decimal import ROUND_HALF_UP, Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula  # noqa: E402
from table import Problem, amount, day, figure, read, run  # noqa: E402

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


def load(path, decimal, sheet=None):
    lines = []
    for row in read(path, sheet, need=("sku", "quantity", "unit_price", "total")):
        line = {
            "at": row.at,
            "sku": row["sku"],
            "text": row.get("description", ""),
            "discount": amount(row, "discount", decimal, empty=ZERO) if "discount" in row else ZERO,
        }
        line |= {k: amount(row, k, decimal) for k in ("quantity", "unit_price", "total")}
        if not 0 <= line["discount"] <= 100:
            raise Problem(f"{row.at}: a discount is 0 to 100 percent, not {line['discount']}.")
        line["right"] = cents(line["quantity"] * line["unit_price"] * (1 - line["discount"] / 100))
        lines.append(line)
    if not lines:
        raise Problem(f"{path} has no lines.")
    return lines


def prices_of(path, decimal):
    found = {}
    for row in read(path, need=("sku", "price")):
        if row["sku"] in found:
            raise Problem(f"{row.at}: {row['sku']} stands twice in the price list. Which one is valid?")
        found[row["sku"]] = {
            "at": row.at,
            "price": amount(row, "price", decimal),
            "cost": amount(row, "cost", decimal) if row.get("cost") else None,
            "until": day(row, "valid_until", empty=True) if "valid_until" in row else None,
            "minimum": amount(row, "minimum", decimal) if row.get("minimum") else None,
        }
    return found


def tiers(text):
    """[(percent from which, who)], rising."""
    found = []
    for part in filter(None, text.split(",")):
        bound, _, who = part.partition(":")
        try:
            found.append((Decimal(bound), who.strip()))
        except ArithmeticError:
            raise Problem(f"“{part}” is no approval: write 10:manager,20:director.") from None
    return sorted(found)


def approver(percent, approvals):
    """Who approves more than that much; the highest bound that is passed."""
    return next((who for bound, who in reversed(approvals) if percent > bound), None)


def check(lines, prices, net, tax, gross, approvals, margin, date, until):
    findings = []
    say = lambda what, where, off, text: findings.append({"what": what, "where": where, "amount": off, "finding": text})
    listed = cost = ZERO
    costed, seen = True, {}
    for line in lines:
        if line["total"] != line["right"]:
            say(
                "line total",
                line["at"],
                line["total"] - line["right"],
                f"{line['quantity']} × {line['unit_price']} − {line['discount']} % is {line['right']}, not {line['total']}",
            )
        if line["quantity"] <= 0:
            say("quantity", line["at"], ZERO, f"quantity is {line['quantity']}")
        if line["sku"] in seen:
            say("same article twice", line["at"], line["total"], f"{line['sku']} also in {seen[line['sku']]}")
        seen.setdefault(line["sku"], line["at"])
        item = prices.get(line["sku"]) if prices is not None else None
        if prices is not None and item is None:
            say("not in the price list", line["at"], line["total"], f"{line['sku']} has no list price")
        if item:
            if line["unit_price"] != item["price"]:
                say(
                    "price differs from the list",
                    line["at"],
                    (line["unit_price"] - item["price"]) * line["quantity"],
                    f"{line['unit_price']} instead of {item['price']} ({item['at']})",
                )
            if item["until"] and date and item["until"] < date:
                say("list price has expired", line["at"], line["total"], f"valid until {item['until']}")
            if item["minimum"] and line["quantity"] < item["minimum"]:
                say("below the minimum quantity", line["at"], ZERO, f"{line['quantity']} of at least {item['minimum']}")
        base = (item["price"] if item else line["unit_price"]) * line["quantity"]
        listed += base
        # A lowered unit price is a discount too: what counts is the way from the list to the total.
        real = (1 - line["right"] / base) * 100 if base else ZERO
        line["real_discount"] = real.quantize(Decimal("0.1"), ROUND_HALF_UP)
        if who := approver(real, approvals):
            say(
                "discount needs approval",
                line["at"],
                base - line["right"],
                f"{line['real_discount']} % off the list: {who}",
            )
        if item and item["cost"] is not None:
            cost += item["cost"] * line["quantity"]
            own = (1 - item["cost"] * line["quantity"] / line["right"]) * 100 if line["right"] else ZERO
            if margin is not None and own < margin:
                say(
                    "margin too low",
                    line["at"],
                    line["right"] - item["cost"] * line["quantity"],
                    f"{own.quantize(Decimal('0.1'), ROUND_HALF_UP)} %, wanted {margin} %",
                )
        else:
            costed = False
    right_net = sum((line["right"] for line in lines), ZERO)
    right_tax = cents(right_net * tax / 100) if tax is not None else None
    if net is not None and net != right_net:
        say("net total", "stated", net - right_net, f"the lines sum to {right_net}, stated is {net}")
    if gross is not None and tax is not None and gross != right_net + right_tax:
        say(
            "gross total",
            "stated",
            gross - right_net - right_tax,
            f"{right_net} + {tax} % is {right_net + right_tax}, stated is {gross}",
        )
    whole = (1 - right_net / listed) * 100 if listed else ZERO
    if who := approver(whole, approvals):
        say(
            "discount of the whole needs approval",
            "all lines",
            listed - right_net,
            f"{whole.quantize(Decimal('0.1'), ROUND_HALF_UP)} % off the list: {who}",
        )
    if date and until and until < date:
        say("validity", "stated", ZERO, f"valid until {until}, dated {date}")
    return findings, {
        "list": cents(listed),
        "net": right_net,
        "tax": right_tax,
        "gross": right_net + right_tax if tax is not None else None,
        "discount_percent": whole.quantize(Decimal("0.1"), ROUND_HALF_UP),
        "margin_percent": ((1 - cost / right_net) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
        if costed and prices is not None and right_net
        else None,
    }


def workbook(lines, findings, totals, tax):
    book = Book()
    summary, page, bad = (
        book.sheet("Summary", (30, 16, 50)),
        book.sheet("Lines", (14, 40, 10, 12, 10, 14, 14, 12, 24)),
        book.sheet("Findings", (32, 24, 14, 80)),
    )
    page.head(
        "Article", "Text", "Quantity", "Unit price", "Discount", "Total stated", "Total right", "Difference", "Source"
    )
    for line in lines:
        n = len(page.rows) + 1
        page.row(
            line["sku"],
            line["text"],
            line["quantity"],
            line["unit_price"],
            Cell(line["discount"] / 100, "percent"),
            line["total"],
            Formula(f"ROUND(C{n}*D{n}*(1-E{n}),2)", line["right"]),
            Formula(f"F{n}-G{n}", line["total"] - line["right"]),
            line["at"],
        )
    bad.head("What", "Where", "Amount", "Finding")
    for one in findings:
        bad.row(one["what"], one["where"], one["amount"], one["finding"])
    summary.title("Quote check")
    summary.row("Net", Formula(f"SUM({page.span('G', 2, len(page.rows))})", totals["net"]))
    if tax is not None:
        (
            summary.row("Tax rate", Cell(tax / 100, "input percent")),
            summary.row("Tax", Formula("ROUND(B2*B3,2)", totals["tax"])),
            summary.row(Cell("Gross", "bold"), Formula("B2+B4", totals["gross"], "total")),
        )
    (
        summary.row("At list prices", totals["list"]),
        summary.row("Discount off the list", Cell(totals["discount_percent"] / 100, "percent")),
    )
    if totals["margin_percent"] is not None:
        summary.row("Margin", Cell(totals["margin_percent"] / 100, "percent"))
    summary.row("Findings", len(findings))
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quote")
    for name in ("prices", "sheet", "out"):
        parser.add_argument(f"--{name}")
    for name in ("net", "tax", "gross", "margin"):
        parser.add_argument(f"--{name}", type=figure)
    for name in ("date", "valid-until"):
        parser.add_argument(f"--{name}", type=datetime.date.fromisoformat)
    (
        parser.add_argument(
            "--approvals", default="", help="above how many percent who approves: 10:manager,20:director"
        ),
        parser.add_argument("--decimal", default=".", choices=".,"),
    )
    given = parser.parse_args(arguments)
    lines = load(given.quote, given.decimal, given.sheet)
    prices = prices_of(given.prices, given.decimal) if given.prices else None
    findings, totals = check(
        lines,
        prices,
        given.net,
        given.tax,
        given.gross,
        tiers(given.approvals),
        given.margin,
        given.date,
        given.valid_until,
    )
    if given.out:
        workbook(lines, findings, totals, given.tax).save(given.out)
    print(
        json.dumps(
            {
                "totals": totals,
                "findings": findings,
                "not_done": [
                    name
                    for name, have in (
                        ("prices", prices),
                        ("net", given.net),
                        ("gross", given.gross),
                        ("approvals", given.approvals),
                        ("margin", given.margin),
                        ("date", given.date),
                    )
                    if not have
                ],
            },
            default=str,
            indent=1,
            ensure_ascii=False,
        )
    )
    return 1 if findings else 0


if __name__ == "__main__":
    run(main)
