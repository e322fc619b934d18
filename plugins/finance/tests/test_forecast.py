import datetime, pathlib, sys, tempfile, unittest
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/cash-forecast/scripts"), str(ROOT / "scripts")]
import forecast
from table import Problem

START = datetime.date(2026, 4, 6)


class Forecast(unittest.TestCase):
    def items(self, text, weeks=4):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "items.csv")
            path.write_text("date,category,party,amount,certainty\n" + text)
            return forecast.load(path, START, weeks)

    def closing(self, text, weeks=4, late=0):
        return forecast.forecast(self.items(text, weeks), D(100), START, weeks, late)[1]

    def test_items_fall_into_their_weeks(self):
        text = "2026-04-06,Sales,A,10,\n2026-04-12,Rent,B,-5,\n2026-04-13,Sales,A,20,\n"
        self.assertEqual(self.closing(text), [D(105), D(125), D(125), D(125)])

    def test_what_is_overdue_comes_first_and_what_is_beyond_does_not_count(self):
        items = self.items("2026-03-01,Sales,A,10,\n2026-05-04,Sales,A,20,\n")
        self.assertEqual([(i["overdue"], i["beyond"]) for i in items], [(True, False), (False, True)])
        self.assertEqual(self.closing("2026-03-01,Sales,A,10,\n2026-05-04,Sales,A,20,\n"), [D(110)] * 4)

    def test_customers_pay_late_and_we_do_not(self):
        text = "2026-03-01,Sales,A,10,\n2026-04-06,Sales,A,20,\n2026-04-06,Rent,B,-5,\n"
        self.assertEqual(self.closing(text, late=14), [D(95), D(95), D(125), D(125)])

    def test_possible_receipts_do_not_count_and_possible_payments_do(self):
        self.assertEqual(self.closing("2026-04-06,Sales,A,10,possible\n2026-04-06,Tax,B,-5,possible\n")[0], D(95))

    def test_the_workbook_ties(self):
        book = forecast.workbook(
            self.items("2026-04-06,Sales,A,10,\n2026-04-13,Rent,B,-5.55,\n"), D(100), START, 4, D(0), 7
        )
        last = book.sheets[0].rows[-1]
        self.assertEqual((last[0], last[1].value), ("Opening + counted items − closing", D(0)))
        self.assertNotIn("{end}", book.sheets[1].xml())

    def test_an_unknown_certainty_is_refused(self):
        with self.assertRaisesRegex(Problem, "row 2: certainty is maybe"):
            self.items("2026-04-06,Sales,A,10,maybe\n")
