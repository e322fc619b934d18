import pathlib, sys, unittest

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/compare-versions/scripts"), str(ROOT / "scripts")]
import compare
from document import clauses

OLD = "1. Term. The term is two years from signature.\n2. Fees. The customer shall pay within 30 days of the invoice.\n3. Law. German law applies to this agreement.\n"


class Compare(unittest.TestCase):
    def of(self, new, old=OLD):
        side = lambda text: clauses([(n, line) for n, line in enumerate(text.splitlines(), 1) if line])
        return [(f["what"], f["old"], f["new"]) for f in compare.compare(side(old), side(new))], compare.compare(
            side(old), side(new)
        )

    def test_the_same_text_has_no_changes(self):
        self.assertEqual(self.of(OLD)[0], [])
        self.assertEqual(self.of(OLD.replace("two years", "**two**  years"))[0], [])

    def test_one_word_is_found_and_named(self):
        short, full = self.of(OLD.replace("30 days", "60 days").replace("shall pay", "may pay"))
        self.assertEqual(short, [("changed", "2", "2")])
        self.assertIn("[-30-] {+60+}", full[0]["text"])
        self.assertEqual(full[0]["touches"], "figure, duty")

    def test_an_inserted_clause_renumbers_and_does_not_change_the_others(self):
        new = "1. Term. The term is two years from signature.\n2. Audit. The supplier may inspect books once a year.\n3. Fees. The customer shall pay within 30 days of the invoice.\n4. Law. German law applies to this agreement.\n"
        self.assertEqual(self.of(new)[0], [("new", "", "2"), ("renumbered", "2", "3"), ("renumbered", "3", "4")])

    def test_moved_and_changed_at_once_is_still_one_clause(self):
        new = "1. Fees. The customer shall pay within 45 days of the invoice.\n2. Term. The term is two years from signature.\n3. Law. German law applies to this agreement.\n"
        self.assertEqual(self.of(new)[0], [("changed", "2", "1"), ("renumbered", "1", "2")])

    def test_removed_clauses_and_punctuation(self):
        self.assertEqual(self.of("\n".join(OLD.splitlines()[:2]))[0], [("removed", "3", "")])
        self.assertEqual(
            self.of(OLD.replace("applies to this agreement.", "applies to this agreement;"))[0],
            [("punctuation", "3", "3")],
        )

    def test_marks_give_both_texts_back(self):
        import re

        a, b = (
            "The customer shall pay 1,200.50 within 30 days.",
            "The customer may pay 1,300.50 within thirty days, at most.",
        )
        text, _ = compare.marked(a, b)
        tidy = lambda t: compare.words(t)
        self.assertEqual(tidy(re.sub(r"\{\+.*?\+\}", "", text).replace("[-", "").replace("-]", "")), tidy(a))
        self.assertEqual(tidy(re.sub(r"\[-.*?-\]", "", text).replace("{+", "").replace("+}", "")), tidy(b))
