import pathlib, sys, tempfile, unittest
from decimal import Decimal
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "skills/reconciliation/scripts"))
import match


class Match(unittest.TestCase):
    def run_on(self, a, b):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, name) for name in "ab"]
            for path, text in zip(paths, (a, b)):
                path.write_text("ref,amount\n" + text)
            return match.match(*map(match.load, paths))

    def test_duplicates_and_wrong_amounts_stay_open(self):
        got = self.run_on("i1,0.10\ni1,0.10\ni2,5.00\n", "i1,0.10\ni2,5.01\n")
        self.assertEqual([row[0] for row in got["open_a"]], [3, 4])
        self.assertEqual([row[0] for row in got["open_b"]], [3])
        self.assertEqual((got["total_a"], got["total_b"], got["proof"]), (Decimal("5.20"), Decimal("5.11"), 0))

    def test_what_is_no_amount_is_refused(self):
        with self.assertRaises(ValueError):
            self.run_on("i1,NaN\n", "")
