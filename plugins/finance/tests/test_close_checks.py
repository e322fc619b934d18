import pathlib, sys, tempfile, unittest
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/month-end-close/scripts"), str(ROOT / "scripts")]
import close_checks
from table import Problem

TB = "account,type,opening,movement,closing\n1000,asset,100,50,150\n3000,equity,-100,0,-100\n4000,revenue,0,-50,-50\n"
JOURNALS = "entry,date,account,amount\nJ1,2026-02-10,1000,50\nJ1,2026-02-10,4000,-50\n"


class Close(unittest.TestCase):
    def findings(self, tb=TB, prior=None, journals=None, suspense=(), period="2026-02"):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for file, text in (("tb.csv", tb), ("prior.csv", prior), ("j.csv", journals)):
                if text:
                    (folder / file).write_text(text)
            accounts = close_checks.balances(folder / "tb.csv", ".")
            before = close_checks.balances(folder / "prior.csv", ".") if prior else None
            found = close_checks.check(
                accounts, before, folder / "j.csv" if journals else None, close_checks.period_of(period), set(suspense)
            )
            return [(f["check"], f["amount"]) for f in found]

    def test_a_whole_month_has_no_findings(self):
        prior = (
            "account,type,opening,movement,closing\n1000,asset,0,100,100\n3000,equity,0,-100,-100\n4000,revenue,0,0,0\n"
        )
        self.assertEqual(self.findings(prior=prior, journals=JOURNALS), [])

    def test_each_fault_is_found(self):
        self.assertEqual(
            self.findings(TB.replace("50,150", "50,151")),
            [("debits equal credits", D(1)), ("opening + movement = closing", D(-1))],
        )
        self.assertIn(("suspense is empty", D(150)), self.findings(suspense={"1000"}))
        self.assertIn(("side of the balance", D(-50)), self.findings(TB.replace("revenue", "cost")))
        self.assertIn(
            ("opening = last closing", D(-20)),
            self.findings(
                prior="account,type,opening,movement,closing\n1000,asset,0,120,120\n3000,equity,0,-100,-100\n"
            ),
        )
        self.assertEqual(
            self.findings(journals=JOURNALS.replace("4000,-50", "4000,-49")),
            [("entries balance", D(1)), ("movement = journals", D(-1))],
        )
        self.assertEqual(
            self.findings(journals=JOURNALS.replace("10,4000", "10,4009")),
            [("account exists", D(-50)), ("movement = journals", D(-50))],
        )
        self.assertEqual(
            {f[0] for f in self.findings(journals=JOURNALS.replace("02-10", "03-01"))}, {"dated in the period"}
        )
        twice = JOURNALS + JOURNALS.split("\n", 1)[1].replace("J1", "J2")
        self.assertIn(("no entry twice", D(50)), self.findings(journals=twice))

    def test_an_account_that_vanished_is_found(self):
        prior = "account,type,opening,movement,closing\n1000,asset,0,100,100\n3000,equity,0,-100,-100\n1500,asset,0,7,7\n2500,liability,0,-7,-7\n"
        self.assertEqual(
            [f for f in self.findings(prior=prior)],
            [("opening = last closing", D(-7)), ("opening = last closing", D(7))],
        )

    def test_results_start_at_zero_in_the_first_month(self):
        prior = "account,type,opening,movement,closing\n1000,asset,0,100,100\n3000,equity,0,-60,-60\n4000,revenue,0,-40,-40\n"
        self.assertEqual(self.findings(prior=prior, period="2026-01"), [])
        self.assertEqual(len(self.findings(prior=prior, period="2026-02")), 2)

    def test_an_account_twice_and_a_strange_period_are_refused(self):
        with self.assertRaisesRegex(Problem, "stands twice"):
            self.findings(TB + "1000,asset,0,0,0\n")
        with self.assertRaisesRegex(Problem, "not a period"):
            self.findings(period="March")
