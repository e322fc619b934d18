import datetime, pathlib, sys, unittest
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/quote-check/scripts"), str(ROOT / "scripts")]
import quote
from table import Problem

PRICES = {
    "A": {"at": "p row 2", "price": D(100), "cost": D(60), "until": None, "minimum": None},
    "B": {"at": "p row 3", "price": D(50), "cost": D(10), "until": datetime.date(2026, 3, 31), "minimum": D(5)},
}


def line(sku="A", quantity="2", price="100", discount="0", total="200"):
    one = {
        "at": f"q {sku}",
        "sku": sku,
        "text": "",
        "quantity": D(quantity),
        "unit_price": D(price),
        "discount": D(discount),
        "total": D(total),
    }
    return one | {"right": quote.cents(one["quantity"] * one["unit_price"] * (1 - one["discount"] / 100))}


class Quote(unittest.TestCase):
    def found(
        self, *lines, prices=PRICES, net=None, tax=None, gross=None, approvals="", margin=None, date=None, until=None
    ):
        findings, self.totals = quote.check(
            list(lines), prices, net, tax, gross, quote.tiers(approvals), margin, date, until
        )
        return [(f["what"], f["amount"]) for f in findings]

    def test_sums(self):
        self.assertEqual(self.found(line(), net=D(200), tax=D(19), gross=D(238)), [])
        self.assertEqual(
            self.found(line(total="201"), net=D(201), tax=D(19), gross=D("239.19")),
            [("line total", D(1)), ("net total", D(1)), ("gross total", D("1.19"))],
        )
        self.assertEqual(self.found(line(quantity="3", price="33.335", total="100.01"), prices=None), [])

    def test_prices(self):
        self.assertEqual(self.found(line("C")), [("not in the price list", D(200))])
        self.assertEqual(self.found(line(price="90", total="180")), [("price differs from the list", D(-20))])
        self.assertEqual(
            [f[0] for f in self.found(line("B", "2", "50", "0", "100"), date=datetime.date(2026, 4, 1))],
            ["list price has expired", "below the minimum quantity"],
        )
        self.assertEqual(self.found(line(), line()), [("same article twice", D(200))])

    def test_a_lowered_price_is_a_discount_too(self):
        tiers = "10:manager,20:director"
        self.assertEqual(self.found(line(discount="10", total="180"), approvals=tiers), [])
        self.assertEqual(
            [f[0] for f in self.found(line(discount="10.1", total="179.80"), approvals=tiers)],
            ["discount needs approval", "discount of the whole needs approval"],
        )
        findings, _ = quote.check(
            [line(price="90", discount="15", total="153")],
            PRICES,
            None,
            None,
            None,
            quote.tiers(tiers),
            None,
            None,
            None,
        )
        self.assertIn("23.5 % off the list: director", [f["finding"] for f in findings])

    def test_margin(self):
        self.assertEqual(self.found(line(), margin=D(40)), [])
        self.assertEqual(self.totals["margin_percent"], D("40.0"))
        self.assertEqual(self.found(line(discount="5", total="190"), margin=D(40)), [("margin too low", D(70))])

    def test_validity_and_tiers(self):
        self.assertEqual(
            self.found(line(), date=datetime.date(2026, 4, 1), until=datetime.date(2026, 3, 31)), [("validity", D(0))]
        )
        with self.assertRaises(Problem):
            quote.tiers("ten:manager")
