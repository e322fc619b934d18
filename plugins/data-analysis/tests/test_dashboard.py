import json, pathlib, re, sys, tempfile, unittest
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/build-dashboard/scripts"), str(ROOT / "scripts")]
import dashboard
from table import Problem

SPEC = {
    "title": "T",
    "filters": ["region"],
    "figures": [
        {"label": "Sum", "sum": "net"},
        {"label": "Orders", "count": True},
        {"label": "Mean", "average": "net"},
    ],
    "charts": [
        {"title": "By region", "by": "region", "sum": "net", "kind": "bar"},
        {"title": "By month", "by": "date", "count": True, "kind": "line", "month": True},
    ],
    "table": ["date", "region", "net"],
}
TABLE = (
    "date,region,net\n2026-01-05,North,10.10\n2026-01-06,South,20.20\n2026-02-01,North,\n2026-02-02,</script><b>,5\n"
)


class Dashboard(unittest.TestCase):
    def load(self, spec=SPEC, table=TABLE):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "t.csv")
            path.write_text(table)
            return dashboard.load(path, spec)

    def test_control_figures_by_hand(self):
        got = dashboard.control(self.load(), SPEC)
        self.assertEqual([D(x) for x in got["figures"]], [D("35.30"), D(4), D("35.30") / 3])
        self.assertEqual(
            got["charts"], [{"</script><b>": "5", "North": "10.10", "South": "20.20"}, {"2026-01": "2", "2026-02": "2"}]
        )

    def test_data_cannot_leave_its_element(self):
        page = dashboard.page(self.load(), SPEC, "t.csv")
        self.assertEqual(page.count("</script>"), 2)
        inside = json.loads(re.search(r'id="inside">(.*?)</script>', page, re.S)[1])
        self.assertEqual(inside["data"][3]["region"], "</script><b>")

    def test_the_page_needs_no_network(self):
        page = dashboard.page(self.load(), SPEC, "t.csv")
        self.assertEqual(re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page), [])
        self.assertIn("default-src 'none'", page)

    def test_a_spec_that_cannot_be_drawn_is_refused(self):
        for change, words in (
            ({"charts": [{"by": "region", "kind": "bar"}]}, "charts 1 needs one of"),
            ({"table": ["city"]}, "no column city"),
            ({"figures": [{"sum": "region"}]}, "not an amount"),
        ):
            with self.assertRaisesRegex(Problem, words):
                self.load({**SPEC, **change})
