import datetime, io, json, pathlib, sys, tempfile, unittest
from contextlib import redirect_stdout

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/obligations-register/scripts"), str(ROOT / "scripts")]
import deadlines
from table import Problem

D = datetime.date
HEAD = "id,party,obligation,source,clause,quote,from,rule,every,roll\n"
TEXT = "1. Term. The term ends on 31 December 2027.\n2. Notice. Either party may give three months' notice before the end.\n"


class Deadlines(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_on(self, rows, *more):
        (self.folder / "c.md").write_text(TEXT)
        (self.folder / "r.csv").write_text(HEAD + rows)
        out = io.StringIO()
        with redirect_stdout(out):
            code = deadlines.main([str(self.folder / "r.csv"), "--today", "2026-04-01", *more])
        return code, json.loads(out.getvalue())

    def test_rules(self):
        none = set()
        for start, rule, due in (
            (D(2026, 1, 31), "+1m", D(2026, 2, 28)),
            (D(2027, 12, 31), "-3m", D(2027, 9, 30)),
            (D(2024, 2, 29), "+1y", D(2025, 2, 28)),
            (D(2026, 4, 1), "+30d", D(2026, 5, 1)),
            (D(2026, 4, 3), "+2bd", D(2026, 4, 7)),
            (D(2026, 4, 5), "-1bd", D(2026, 4, 3)),
            (D(2026, 1, 10), "+2y-3m", D(2027, 10, 10)),
            (D(2026, 2, 10), "eom+15d", D(2026, 3, 15)),
            (D(2026, 3, 1), "+2w", D(2026, 3, 15)),
        ):
            self.assertEqual(deadlines.shift(start, rule, none, "row"), due, rule)
        self.assertEqual(deadlines.shift(D(2026, 4, 2), "+1bd", {D(2026, 4, 3), D(2026, 4, 6)}, "row"), D(2026, 4, 7))
        for rule in ("30 days", "+3", "", "+1q"):
            with self.assertRaises(Problem):
                deadlines.shift(D(2026, 1, 1), rule, none, "row")

    def test_rolling(self):
        self.assertEqual(
            [deadlines.roll(D(2026, 4, 4), how, set(), "row") for how in ("", "next", "previous")],
            [D(2026, 4, 4), D(2026, 4, 6), D(2026, 4, 3)],
        )

    def test_repeating_starts_from_the_first_date_each_time(self):
        code, got = self.run_on(
            "a,Us,Report,c.md,1,The term ends on 31 December 2027,2026-01-31,0d,1m,\n", "--until", "2026-04-30"
        )
        self.assertEqual([one["due"] for one in got["dates"]], ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"])
        self.assertEqual(got["past"], 3)

    def test_a_quotation_must_stand_in_its_clause(self):
        rows = "".join(
            f'{name},Us,x,c.md,{clause},"{quote}",,,,\n'
            for name, clause, quote in (
                ("a", "2", "three months’ notice before the end"),
                ("b", "1", "three months' notice before"),
                ("c", "2", "six months' notice before the end"),
                ("d", "2", "notice"),
            )
        )
        code, got = self.run_on(rows)
        self.assertEqual((code, [one["id"] for one in got["quotes_wrong"]]), (1, ["b", "c", "d"]))
        self.assertIn("it stands in clause 2, not in 1", got["quotes_wrong"][0]["why"])
        self.assertEqual(got["without_date"], ["a", "b", "c", "d"])

    def test_the_calendar_has_what_is_to_come(self):
        rows = 'a,Us,"Notice; or, it renews",c.md,1,The term ends on 31 December 2027,2027-12-31,-3m,,\nb,Us,Old,c.md,1,The term ends on 31 December 2027,2026-01-01,0d,,\n'
        self.run_on(rows, "--calendar", str(self.folder / "d.ics"))
        text = (self.folder / "d.ics").read_bytes().decode()
        self.assertEqual((text.count("BEGIN:VEVENT"), text.count("END:VEVENT")), (1, 1))
        self.assertIn("DTSTART;VALUE=DATE:20270930\r\n", text)
        self.assertIn("Notice\\; or\\, it renews", text)
        self.assertLessEqual(max(len(line.encode()) for line in text.split("\r\n")), 75)

    def test_ids_once_and_sources_there(self):
        with self.assertRaisesRegex(Problem, "ids stand twice: a"):
            self.run_on("a,U,x,c.md,1,qqqqqqqqqqqqqq,,,,\na,U,x,c.md,1,qqqqqqqqqqqqqq,,,,\n")
        with self.assertRaisesRegex(Problem, "cannot be read"):
            self.run_on("a,U,x,no.md,1,qqqqqqqqqqqqqq,,,,\n")
