"""deskhand-check finds each planted fault, and nothing in what is good.

In the image, with what it has:  python3 -m unittest discover -s FOLDER
After a change of words:         the same with DESKHAND_RENEW=1 writes expected/ anew; read the difference.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
# What is installed in the image; what is beside this folder, when there is no image.
INSTALLED = Path("/usr/lib/deskhand/check").is_dir()
sys.path[:0] = [str(HERE), "/usr/lib/deskhand" if INSTALLED else str(HERE.parent / "lib" / "deskhand")]

import documents  # noqa: E402
import faults  # noqa: E402
from check import limits, office  # noqa: E402
from check.main import check_file  # noqa: E402

PROGRAM = "/usr/bin/deskhand-check" if INSTALLED else str(HERE.parent / "bin" / "deskhand-check")


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def program(self, *arguments):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr


class PlantedFaults(InFolder):
    maxDiff = None

    def said(self, names_and_makers):
        """Of documents that are made one after another. As in an image without LibreOffice, whatever the image."""
        lines = []
        with mock.patch.object(office, "program", return_value=None):
            for name, make in names_and_makers:
                make(name)
                lines += check_file(name).text().splitlines() + [""]
        return lines

    def check(self, kind, cases):
        expected = HERE / "expected" / f"{kind}.txt"
        lines = self.said(cases)
        if os.environ.get("DESKHAND_RENEW"):
            expected.write_text("\n".join(lines))
        self.assertEqual(lines, expected.read_text().split("\n"))

    def test_word(self):
        self.check("docx", [(f"{name}.docx", make) for name, make in faults.WORD.items()])

    def test_workbooks(self):
        self.check("xlsx", [(f"{name}.xlsx", make) for name, make in faults.WORKBOOKS.items()])

    def test_slides(self):
        self.check("pptx", [(f"{name}.pptx", make) for name, make in faults.SLIDES.items()])

    def test_pdf(self):
        self.check("pdf", [(f"{name}.pdf", make) for name, make in faults.PDFS.items()])

    def test_others(self):
        self.check("others", faults.OTHERS.items())


class Limits(InFolder):
    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        documents.word("bomb.docx")
        documents.rewrite("bomb.docx", also={"word/big.xml": b"<a>" + b"0" * (30 * limits.MIB) + b"</a>"})
        [found] = check_file("bomb.docx").findings
        self.assertIn("times its size", found.message)

    def test_too_large_and_too_many_parts(self):
        documents.word("a.docx")
        with mock.patch.object(limits, "FILE_BYTES", 100):
            self.assertIn("has more than", check_file("a.docx").findings[0].message)
        with mock.patch.object(limits, "PARTS", 3):
            self.assertIn("more than 3", check_file("a.docx").findings[0].message)

    def test_time(self):
        documents.workbook("a.xlsx")
        with mock.patch.object(limits, "SECONDS", 0.05), mock.patch.object(zipfile.ZipFile, "infolist", endless):
            self.assertIn("took longer than", check_file("a.xlsx").findings[0].message)

    def test_cells_are_read_up_to_the_limit(self):
        documents.workbook("a.xlsx")
        with mock.patch.object(limits, "CELLS", 3):
            self.assertIn("only the first 3 cells were looked at", check_file("a.xlsx").notes[0])

    def test_many_findings_of_a_sort_are_counted(self):
        documents.text("a.csv", "a,b\n" + "1\n" * 30)
        report = check_file("a.csv")
        self.assertEqual(report.number("error"), 30)
        self.assertEqual(len(report.findings), 9)
        self.assertEqual(report.findings[-1].message, "and 22 more like this")

    def test_what_a_document_says_cannot_write_to_the_terminal(self):
        documents.word("a.docx", lambda doc: doc.add_paragraph("{{a\u009b31m\u202e}}"))
        self.assertIn('"{{a 31m }}"', check_file("a.docx").text())


def endless(_archive):
    while True:
        pass


class CommandLine(InFolder):
    def test_exit_codes_and_json(self):
        documents.text("good.csv", "a,b\n1,2\n")
        documents.text("bad.csv", "a,b\n1\n")
        # Modules in the folder of the document must not be run.
        documents.text("json.py", "raise SystemExit('run!')")
        documents.text("csv.py", "raise SystemExit('run!')")
        self.assertEqual(self.program("good.csv")[0], 0)
        self.assertEqual(self.program()[0], 2)
        code, output, _ = self.program("--json", "good.csv", "bad.csv", "gone.csv")
        self.assertEqual(code, 1)
        self.assertEqual([(r["path"], r["errors"]) for r in json.loads(output)],
                         [("good.csv", 0), ("bad.csv", 1), ("gone.csv", 1)])
        self.assertEqual(json.loads(output)[1]["findings"], [
            {"level": "error", "code": "ragged", "place": "row 2", "message": "has 1 cell, the first row has 2"}])

    def test_render(self):
        documents.pdf("letter.pdf")
        report = check_file("letter.pdf", "seen")
        self.assertEqual(report.rendered, ["seen/letter.pdf-1.png"])
        self.assertEqual(check_file("seen/letter.pdf-1.png").findings, [])
        documents.word("report.docx")
        report = check_file("report.docx", "seen")
        if office.program() is None:
            self.assertEqual(report.notes, ["cannot be rendered here: LibreOffice is not in this image"
                                            " (deskhand sandbox build --office)"])
        else:
            self.assertEqual(report.rendered, ["seen/report.docx-1.png"])
            self.assertEqual(check_file("seen/report.docx-1.png").findings, [])

    def test_formulas_are_recalculated_where_that_is_possible(self):
        faults.WORKBOOKS["wrong-when-calculated"]("a.xlsx")
        before = Path("a.xlsx").read_bytes()
        levels = [(f.level, f.code, f.place) for f in check_file("a.xlsx").findings]
        self.assertEqual(levels, [("warning", "not-calculated", "")] if office.program() is None else
                         [("error", "error-value", "Data!C2"), ("hint", "not-calculated", "")])
        self.assertEqual(Path("a.xlsx").read_bytes(), before)


@unittest.skipUnless(INSTALLED, "only in the image")
class Image(unittest.TestCase):
    def test_compiled_files_are_used(self):
        """The image is read-only: what Python cannot use is compiled anew at each start."""
        script = "import sys; sys.path.insert(0, '/usr/lib/deskhand'); import docx, json, check.word, check.slides"
        done = subprocess.run([sys.executable, "-v", "-c", script], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        objects = [line for line in done.stderr.splitlines() if line.startswith("# code object from")]
        self.assertGreater(len(objects), 100)
        self.assertEqual([line for line in objects if not line.endswith(".pyc'")], [])


if __name__ == "__main__":
    unittest.main()
