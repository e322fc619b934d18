import pathlib, sys, unittest
from datetime import date
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/invoice-audit/scripts"), str(ROOT / "scripts")]
import audit


def invoice(
    number="1", vendor="Acme", gross="119", net="100", tax="19", day=1, order="", quantity=None, price=None, account=""
):
    return {
        "at": f"i.csv row {number}",
        "invoice": number,
        "vendor": vendor,
        "date": date(2026, 3, day),
        "net": D(net),
        "tax": D(tax),
        "gross": D(gross),
        "order": order,
        "quantity": quantity and D(quantity),
        "price": price and D(price),
        "account": account,
    }


class Audit(unittest.TestCase):
    def found(self, *invoices, orders=None, receipts=None, vendors=None, limit=None, rates=()):
        return [
            (f["check"], f["invoice"], f["amount"])
            for f in audit.audit(list(invoices), orders, receipts, vendors, limit, rates, D("0.02"))
        ]

    def test_doubles(self):
        self.assertEqual(self.found(invoice("INV-0042"), invoice("42", day=9)), [("same invoice twice", "42", D(119))])
        self.assertEqual(self.found(invoice("7"), invoice("8", day=9)), [("similar invoice", "8", D(119))])
        self.assertEqual(
            self.found(invoice("7"), invoice("7", vendor="Acme Ltd", day=2)), [("similar invoice", "7", D(119))]
        )

    def test_sums(self):
        self.assertEqual(self.found(invoice(gross="120")), [("net + tax is not gross", "1", D(1))])
        self.assertEqual(self.found(invoice(quantity="3", price="33.33")), [])
        self.assertEqual(self.found(invoice(quantity="3", price="33")), [("quantity × price is not net", "1", D(1))])
        self.assertEqual(self.found(invoice(), rates=[D(7)]), [("tax rate", "1", D(19))])
        self.assertEqual(self.found(invoice(), rates=[D(7), D(19)]), [])

    def test_order_and_receipt(self):
        orders = {"P1": {"at": "o.csv row 2", "vendor": "Acme", "quantity": D(10), "price": D(10)}}
        self.assertEqual(self.found(invoice(order="P2"), orders=orders), [("no order", "1", D(119))])
        self.assertEqual(
            self.found(invoice(order="P1", quantity="10", price="10"), orders=orders, receipts={"P1": D(10)}), []
        )
        self.assertEqual(
            self.found(invoice(order="P1", quantity="10", price="10"), orders=orders, receipts={"P1": D(7)}),
            [("more than received", "1", D(30))],
        )
        two = (
            invoice("1", order="P1", quantity="8", price="12.50"),
            invoice("2", order="P1", quantity="4", price="25", day=20),
        )
        self.assertIn(("more than ordered", "2", D(50)), self.found(*two, orders=orders))
        self.assertIn(("price above the order", "1", D(20)), self.found(*two, orders=orders))

    def test_vendors_and_accounts(self):
        self.assertEqual(self.found(invoice(account="DE1 2"), vendors={"acme": "DE12"}), [])
        self.assertEqual(
            self.found(invoice(account="DE13"), vendors={"acme": "DE12"}), [("bank account differs", "1", D(119))]
        )
        self.assertEqual(
            self.found(invoice(vendor="Other"), vendors={"acme": "DE12"}), [("vendor not known", "1", D(119))]
        )

    def test_the_limit(self):
        self.assertEqual(self.found(invoice(), limit=D(120)), [("just under the limit", "1", D(119))])
        parts = invoice("1"), invoice("2", day=3, net="50", tax="9.50", gross="59.50")
        self.assertEqual(self.found(*parts, limit=D(150)), [("limit split", "2", D("178.50"))])
