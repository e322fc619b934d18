import pathlib, sys, tempfile, unittest
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/explore-data/scripts"), str(ROOT / "scripts")]
import profile_table
from table import read


class Profile(unittest.TestCase):
    def of(self, text, key=None):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "t.csv")
            path.write_text(text)
            return profile_table.profile(read(path), key)

    def findings(self, values):
        one = self.of("c,d\n" + "".join(f"{value},x\n" for value in values))["columns"][0]
        return one["type"], [(f["what"].split(" (")[0].split(":")[0], f["rows"]) for f in one["findings"]]

    def test_numbers(self):
        one = self.of("c,d\n1,\n2,\n,x\n4,\n")["columns"][0]
        self.assertEqual(
            [one[k] for k in ("type", "filled", "empty", "distinct", "min", "max", "sum", "median")],
            ["number", 3, 1, 3, D(1), D(4), D(7), D(2)],
        )

    def test_what_does_not_fit_is_found_by_row(self):
        self.assertEqual(
            self.findings(["1", "2", "n/a", "x", "4"]),
            ("number", [("written as if empty", "4"), ("not a number", "5")]),
        )
        self.assertEqual(
            self.findings(["10", "11", "12", "10", "11", "12", "13", "500"]), ("number", [("far outside", "9")])
        )
        self.assertEqual(self.findings(["0123", "0456"])[1], [("leading zeros", "2, 3")])
        self.assertEqual(self.findings(["1", "999"] + ["3"] * 3)[1], [("placeholder for “unknown”?", "3")])
        self.assertEqual(self.findings(["North", "north ", "South"])[1], [("one value in several spellings", "2, 3")])

    def test_dates(self):
        self.assertEqual(self.findings(["2026-01-02", "2026-02-30x"])[0], "date yyyy-mm-dd")
        self.assertEqual(
            self.findings(["01/02/2026", "03/04/2026"]),
            ("date with slashes", [("day or month first? every date reads both ways", "2, 3")]),
        )
        self.assertEqual(self.findings(["01/02/2026", "13/04/2026"]), ("date with slashes", []))

    def test_doubles(self):
        got = self.of("id,x\n1,a\n1,a\n2,b\n2,c\n,d\n", "id")
        self.assertEqual(
            (got["same_rows"], got["same_key"], got["no_key"]), ([[2, 3]], {"1": [2, 3], "2": [4, 5]}, [6])
        )
