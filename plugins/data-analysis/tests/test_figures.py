import pathlib, sys, tempfile, unittest, zipfile
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/write-report/scripts"), str(ROOT / "scripts")]
import figures

FIGURES = {
    "net": (D("1234567.89"), "EUR"),
    "growth": (D("12.45"), "%"),
    "share": (D("0.315"), ""),
    "loss": (D("-482"), "EUR"),
}


class Figures(unittest.TestCase):
    def unknown(self, text, **more):
        return [one["number"] for one in figures.compare(text.splitlines(), FIGURES, **more)[0]]

    def test_a_figure_may_be_rounded_and_scaled(self):
        self.assertEqual(
            self.unknown(
                "Net was 1,234,567.89, about 1.2 million or €1.23m; growth 12.5 % (12 %), share 31.5 %, a loss of 482 (-482)."
            ),
            [],
        )
        self.assertEqual(self.unknown("Netto 1.234.567,89 und 12,45 %.", decimal=","), [])

    def test_what_was_invented_or_misrounded_is_found(self):
        self.assertEqual(
            self.unknown("Net was 1.3 million. Growth 13 %. Orders 77. Net 1,234,567.88."),
            ["1.3 million", "13 %", "77", "1,234,567.88"],
        )
        self.assertEqual(self.unknown("A gain of -12.45 %."), ["-12.45 %"])

    def test_years_dates_headings_and_cells_are_no_figures(self):
        text = "## 2. Results\n1. In 2025 and on 31.03.2026, 2026-03 and 5 March; Q1, row 17, cells B2:B9, `rows 4`, [f](x/99.md), table 3.\n"
        self.assertEqual(self.unknown(text), [])
        self.assertEqual(self.unknown("There were 5 shops.", allow={D(5)}), [])

    def test_a_date_does_not_hide_a_figure(self):
        self.assertEqual(self.unknown("In 2025 it was 99.5."), ["99.5"])
        self.assertEqual(self.unknown("| North | 31 | 12.45 |"), ["31"])

    def test_unused_figures_are_named(self):
        self.assertEqual(figures.compare(["Growth 12.45 %"], FIGURES)[1], ["net", "share", "loss"])

    def test_a_word_file_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "r.docx")
            with zipfile.ZipFile(path, "w") as file:
                file.writestr(
                    "word/document.xml",
                    f'<w:document xmlns:w="{figures.W[1:-1]}"><w:body><w:p><w:r><w:t>Growth 1</w:t></w:r><w:r><w:t>3 %</w:t></w:r></w:p></w:body></w:document>',
                )
            self.assertEqual([one["number"] for one in figures.compare(figures.lines_of(path), FIGURES)[0]], ["13 %"])
