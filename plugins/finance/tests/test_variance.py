import pathlib, sys, tempfile, unittest
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/variance-analysis/scripts"), str(ROOT / "scripts")]
import variance
from table import Problem


def side(**lines):
    return {key: {"amount": D(a), "quantity": D(q), "kind": kind, "rows": ["2"]} for key, (a, q, kind) in lines.items()}


class Variance(unittest.TestCase):
    def test_a_cost_above_budget_is_adverse_and_a_revenue_favourable(self):
        lines = variance.compare(
            side(sales=("110", 0, "revenue"), rent=("60", 0, "cost")),
            side(sales=("100", 0, "revenue"), rent=("50", 0, "cost")),
            D(10),
            D(15),
        )
        self.assertEqual(
            [(line["gap"], line["effect"], line["material"]) for line in lines],
            [(D(10), "favourable", False), (D(10), "adverse", True)],
        )

    def test_new_and_gone_lines_are_material_by_amount_alone(self):
        lines = variance.compare(side(new=("20", 0, "")), side(old=("20", 0, "")), D(20), D(50))
        self.assertEqual(
            [(line["key"], line["status"], line["gap"], line["material"]) for line in lines],
            [("old", "gone", D(-20), True), ("new", "new", D(20), True)],
        )
        self.assertIsNone(lines[1]["percent"])

    def test_price_volume_and_mix_by_hand(self):
        # A: 10 at 5 -> 12 at 6. B: 10 at 15 -> 8 at 15. Price 12 x 1 = 12; 20 units both times: no volume; mix +2 x 5 - 2 x 15 = -20.
        effects = variance.price_volume_mix(
            side(a=("72", 12, ""), b=("120", 8, "")), side(a=("50", 10, ""), b=("150", 10, ""))
        )
        self.assertEqual((effects["price"], effects["volume"], effects["mix"]), (D(12), D(0), D(-20)))

    def test_effects_sum_to_the_variance_whatever_the_rounding(self):
        now = side(a=("33.34", 7, ""), b=("10.01", 3, ""), c=("5", 0, ""), n=("8", 1, ""))
        base = side(a=("21.13", 3, ""), b=("19.99", 11, ""), c=("6", 0, ""), g=("2", 1, ""))
        effects = variance.price_volume_mix(now, base)
        self.assertEqual(sum(effects.values()), D("56.35") - D("49.12"))
        self.assertEqual(
            (effects["new lines"], effects["dropped lines"], effects["lines without quantities"]), (D(8), D(-2), D(-1))
        )

    def test_types_that_disagree_are_refused(self):
        for kind in ("cost", "income"):
            with self.assertRaises(Problem):
                variance.compare(side(x=("1", 0, "revenue")), side(x=("1", 0, kind)), D(0), D(0))

    def test_rows_of_one_line_are_summed_and_named(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.csv")
            path.write_text("Line,Sum\nrent,1.10\nrent,2.20\n")
            self.assertEqual(variance.load(path, "Line", "Sum")["rent"]["rows"], ["2", "3"])
            path.write_text("Line,Sum\n,1.10\n")
            with self.assertRaisesRegex(Problem, "row 2: Line is empty"):
                variance.load(path, "Line", "Sum")
