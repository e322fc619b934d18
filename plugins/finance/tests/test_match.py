import io, json, pathlib, sys, tempfile, unittest, zipfile
from contextlib import redirect_stdout
from decimal import Decimal

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/reconciliation/scripts"), str(ROOT / "scripts")]
import match
from table import Problem


class Match(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_on(self, a, b, *more, head="ref,amount,date"):
        for name, text in (("a.csv", a), ("b.csv", b)):
            (self.folder / name).write_text(f"{head}\n{text}")
        out = io.StringIO()
        with redirect_stdout(out):
            match.main(
                [
                    str(self.folder / "a.csv"),
                    str(self.folder / "b.csv"),
                    *(("--date", "date") if "date" in head else ()),
                    *more,
                ]
            )
        return json.loads(out.getvalue())

    def rows(self, items):
        return [item["row"] for item in items]

    def test_one_row_matches_one_row(self):
        got = self.run_on("i1,0.10\ni1,0.10\n", "I-1,0.10\n", head="ref,amount")
        self.assertEqual(self.rows(got["open_a"]), ["a.csv row 3"])
        self.assertIn("booked twice", got["open_a"][0]["note"])

    def test_dates_may_lie_apart_within_the_limit(self):
        got = self.run_on("x,50.00,2026-03-30\n", "y,50.00,2026-04-02\n")
        self.assertEqual(got["matched"][0]["how"], "amount and date, references differ")
        got = self.run_on("x,50.00,2026-03-30\n", "y,50.00,2026-04-03\n")
        self.assertEqual(got["matched"], [])

    def test_without_references_two_candidates_are_no_match(self):
        got = self.run_on(",50.00,2026-03-30\n", "y,50.00,2026-03-30\nz,50.00,2026-03-31\n")
        self.assertEqual(got["matched"], [])
        self.assertIn("several rows would fit", got["open_a"][0]["note"])

    def test_one_row_stands_for_several_if_one_sum_alone_fits(self):
        got = self.run_on("dep,100.00,2026-03-30\n", "c1,60.00,2026-03-29\nc2,40.00,2026-03-29\nc3,7.00,2026-03-29\n")
        self.assertEqual(
            (got["matched"][0]["b"], got["matched"][0]["how"]),
            (["b.csv row 2", "b.csv row 3"], "one to several by sum, to confirm"),
        )
        self.assertEqual(self.rows(got["open_b"]), ["b.csv row 4"])
        got = self.run_on("dep,100.00,2026-03-30\n", "c1,60.00,2026-03-29\nc2,40.00,2026-03-29\nc3,40.00,2026-03-29\n")
        self.assertEqual((got["matched"], got["open_a"][0]["note"]), ([], "2 different sums would fit"))
        got = self.run_on("dep,100.00,2026-03-30\n", "c1,60.00,2026-03-29\nc2,40.00,2026-03-29\n", "--group", "1")
        self.assertEqual(got["matched"], [])

    def test_one_reference_in_parts_is_matched_by_its_sum(self):
        got = self.run_on("i7,30.00\ni7,70.00\n", "i7,100.00\n", head="ref,amount")
        self.assertEqual(got["matched"][0]["how"], "same reference, sums equal")

    def test_one_reference_with_two_amounts_is_a_difference(self):
        got = self.run_on("i2,54.00\ni3,5.00\n", "i2,45.00\ni3,-5.00\n", head="ref,amount")
        self.assertEqual(
            [(d["gap"], d["hint"]) for d in got["differences"]],
            [("9.00", "divisible by 9: digits swapped?"), ("10.00", "sign reversed")],
        )

    def test_the_proof_is_against_balances_that_are_stated(self):
        a, b = "i1,10.00\ni2,54.00\n", "i1,10.00\ni2,45.00\ni9,1.00\n"
        balances = ["--opening-a", "100", "--opening-b", "100", "--closing-a", "164", "--closing-b", "156"]
        got = self.run_on(a, b, *balances, head="ref,amount")
        self.assertEqual([Decimal(x) for x in got["proof"].values()], [0, 0, 0])
        # A row that was never exported: the lists still tie to themselves, but not to the statement.
        got = self.run_on("i1,10.00\n", b, *balances, head="ref,amount")
        self.assertEqual((got["proof"]["side_a"], got["proof"]["unexplained"]), ("54.00", "54.00"))
        self.assertEqual(
            self.run_on(a, b, head="ref,amount")["proof"], {"side_a": None, "side_b": None, "unexplained": None}
        )

    def test_nothing_is_lost(self):
        got = self.run_on(
            "i1,1.00,2026-01-01\ni2,2.00,2026-01-02\n,3.00,2026-01-03\n",
            "i1,1.00,2026-01-01\ni2,2.50,2026-01-02\n,1.25,2026-01-03\n,1.75,2026-01-03\n",
        )
        seen = [row for m in got["matched"] for row in m["a"] + m["b"]] + self.rows(got["open_a"] + got["open_b"])
        seen += [d[side]["row"] for d in got["differences"] for side in "ab"]
        self.assertEqual(
            sorted(seen), sorted([f"a.csv row {n}" for n in (2, 3, 4)] + [f"b.csv row {n}" for n in (2, 3, 4, 5)])
        )

    def test_what_is_wrong_with_a_file_is_said(self):
        for text, head, words in (
            ("i1,NaN\n", "ref,amount", "not an amount"),
            ("i1,1\n", "ref,sum", "no column amount. It has: ref, sum"),
            ("i1,1.234,5\n", "ref,amount", "3 cells under 2"),
            ('i1,"1,23"\n', "ref,amount", "not an amount"),
        ):
            with self.assertRaisesRegex(Problem, words):
                self.run_on(text, text, head=head)
        with self.assertRaisesRegex(Problem, "not a date in the order ymd"):
            self.run_on("i1,1.00,31/03/2026\n", "i1,1.00,31/03/2026\n")
        self.assertEqual(
            len(self.run_on("i1,1.00,31/03/2026\n", "i1,1.00,31.03.2026\n", "--dates", "dmy")["matched"]), 1
        )

    def test_the_workbook_holds_formulas_and_their_results(self):
        out = self.folder / "r.xlsx"
        self.run_on(
            "i1,1.00\ni2,5.00\n",
            "i1,1.00\n",
            "--closing-a",
            "6",
            "--closing-b",
            "1",
            "--out",
            str(out),
            head="ref,amount",
        )
        with zipfile.ZipFile(out) as book:
            page = book.read("xl/worksheets/sheet1.xml").decode()
        self.assertIn("<f>SUM('Open A'!$D$2:$D$2)</f><v>5.00</v>", page)
        self.assertRegex(page, r"<f>B5-B6-\(N\(B7\)-N\(B8\)\)-\(B9-B10\+B11\)</f><v>0.00</v>")
