import pathlib, sys, tempfile, unittest, zipfile

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts")]
import document
from table import Problem


class Document(unittest.TestCase):
    def clauses(self, text):
        return [
            (c.label, c.heading)
            for c in document.clauses([(n, line) for n, line in enumerate(text.splitlines(), 1) if line])
        ]

    def test_clauses_of_usual_forms(self):
        text = "Preamble\n## 1. Term\n1.1 The term is one year.\n(a) sub\n**2** **Fees**\nClause 3: Law\n§ 4 Haftung\n4a. Neu\n30 days after delivery the fee is due.\nSchedule 1 - Prices\n"
        self.assertEqual(
            self.clauses(text),
            [
                ("0", "before the first clause"),
                ("1", "Term"),
                ("1.1", "The term is one year"),
                ("2", "Fees"),
                ("3", "Law"),
                ("4", "Haftung"),
                ("4a", "Neu"),
                ("Schedule 1", "Prices"),
            ],
        )

    def test_lists_belong_to_their_clause(self):
        parts = document.clauses([(1, "1. Duties"), (2, "(a) pay"), (3, "(b) deliver")])
        self.assertEqual((len(parts), parts[0].text), (1, "Duties (a) pay (b) deliver"))

    def test_word_files_and_their_notes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.docx")
            w = document.W[1:-1]
            with zipfile.ZipFile(path, "w") as file:
                file.writestr(
                    "word/document.xml",
                    f'<w:document xmlns:w="{w}"><w:body><w:p><w:r><w:t>1. Te</w:t></w:r><w:ins><w:r><w:t>rm</w:t></w:r></w:ins><w:del><w:r><w:delText>x</w:delText></w:r></w:del></w:p></w:body></w:document>',
                )
            lines, notes = document.paragraphs(path)
            self.assertEqual((lines, len(notes)), ([(1, "1. Term")], 1))
            path.write_bytes(b"no zip")
            with self.assertRaisesRegex(Problem, "cannot be read"):
                document.paragraphs(path)
            with self.assertRaisesRegex(Problem, "only docx"):
                document.paragraphs(pathlib.Path(folder, "a.pdf"))
