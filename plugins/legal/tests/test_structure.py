import pathlib, sys, tempfile, unittest

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/review-contract/scripts"), str(ROOT / "scripts")]
import structure


class Structure(unittest.TestCase):
    def findings(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "c.md")
            path.write_text(text)
            return [(f["kind"], f["clause"]) for f in structure.look(path)["findings"]]

    def test_a_clean_agreement_has_none(self):
        self.assertEqual(
            self.findings(
                '1. Parties. Alder (the "Supplier") sells.\n2. Fees. The Supplier is paid within thirty (30) days, see clause 1.\n'
            ),
            [],
        )

    def test_references(self):
        self.assertEqual(
            self.findings("1. Term. See clause 1.1 and clause 9.2.\n1.1 More text.\n"), [("reference to nowhere", "1")]
        )
        self.assertEqual(self.findings("1. Law. Section 17 of the Companies Act and § 307 BGB apply.\n"), [])
        self.assertEqual(self.findings("1. Prices. They are in Schedule 2.\n"), [("part not attached", "1")])
        self.assertEqual(self.findings("1. Prices. They are in Schedule 2.\nSchedule 2: Prices\n"), [])

    def test_blanks_and_words_against_figures(self):
        self.assertEqual(self.findings("1. Start. On [●] at ____ by [Name].\n"), [("blank", "1")] * 3)
        self.assertEqual(
            self.findings("1. Notice. Within forty-five (45) days, at most one hundred and twenty (120).\n"), []
        )
        self.assertEqual(self.findings("1. Notice. Within sixty (30) days.\n"), [("words and figures differ", "1")])

    def test_terms(self):
        self.assertEqual(
            self.findings('1. Terms. "Products" means goods.\n2. Duty. The buyer pays for Products.\n'), []
        )
        self.assertEqual(self.findings('1. Terms. "Products" means goods.\n'), [("defined, not used", "1")])
        self.assertEqual(
            self.findings("1. Duty. It delivers the Deliverables in time.\n"), [("capitalised, not defined", "1")]
        )

    def test_plurals_parts_of_terms_and_compounds(self):
        text = '1. Terms. Alder and Birch (the "Parties"). "Services" means work. "Confidential Information" means secrets.\n2. Duty. Each Party keeps the Confidential Information of the other Party, and Services meet the Service Levels.\n'
        self.assertEqual([f for f in self.findings(text) if f[1] == "2"], [("capitalised, not defined", "2")])

    def test_numbers_in_words(self):
        self.assertEqual(
            [structure.value(w) for w in ("thirty", "forty-five", "one hundred and twenty", "within")],
            [30, 45, 120, None],
        )
