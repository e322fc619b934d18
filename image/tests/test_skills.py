"""What the skills tell an agent to write runs as it stands, and its results have nothing the checks would find.

Runs in the image: python3 -m unittest test_skills
"""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import test_check
from test_check import HERE, INSTALLED, check_file, mock, office

SKILLS = Path("/usr/share/deskhand/skills") if INSTALLED else HERE.parent / "skills"
LINES = 70
# What each writes; and the findings that are as they should be.
RESULTS = {
    "docx": {"report.docx": [], "report-v2.docx": []},
    # openpyxl keeps no results; without LibreOffice nobody has calculated them.
    "xlsx": {"sales.xlsx": [], "sales-v2.xlsx": ["not-calculated"], "sales-20.xlsx": []},
    "pptx": {"deck.pptx": []},
    # A form's fields name the standard fonts; a program that fills them in has them.
    "pdf": {"report.pdf": [], "all.pdf": [], "page-2.pdf": [], "filled.pdf": ["font-not-embedded"]},
    "charts": {"bars.png": [], "lines.png": []},
}


class Skills(unittest.TestCase):
    maxDiff = None

    def test_all_are_there(self):
        self.assertEqual(sorted(path.stem for path in SKILLS.glob("*.md")), sorted(RESULTS))

    def check(self, name):
        text = (SKILLS / f"{name}.md").read_text()
        self.assertRegex(text, rf"\A---\nname: {name}\ndescription: [^\n]{{40,200}}\n---\n# ")
        self.assertLessEqual(len(text.splitlines()), LINES)
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
        self.assertEqual(len(blocks), text.count("```python"))
        with tempfile.TemporaryDirectory() as folder:
            # The blocks of a skill build on one another, as they are read.
            done = subprocess.run([sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", "\n".join(blocks)],
                                  cwd=folder, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            with mock.patch.object(office, "program", return_value=None):
                found = {file: check_file(str(Path(folder) / file)) for file in RESULTS[name]}
            self.assertEqual({file: [f.code for f in report.findings] for file, report in found.items()}, RESULTS[name],
                             "\n".join(report.text() for report in found.values()))

    def test_docx(self):
        self.check("docx")

    def test_xlsx(self):
        self.check("xlsx")

    def test_pptx(self):
        self.check("pptx")

    def test_pdf(self):
        self.check("pdf")

    def test_charts(self):
        self.check("charts")


del test_check
if __name__ == "__main__":
    unittest.main()
