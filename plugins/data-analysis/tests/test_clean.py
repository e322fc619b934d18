import csv, io, json, pathlib, sys, tempfile, unittest
from contextlib import redirect_stdout

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/clean-data/scripts"), str(ROOT / "scripts")]
import clean
from table import Problem


class Clean(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_on(self, text, rules, out="out.csv"):
        (self.folder / "raw.csv").write_text(text)
        (self.folder / "rules.json").write_text(json.dumps(rules))
        shown = io.StringIO()
        with redirect_stdout(shown):
            code = clean.main(
                [
                    *(str(self.folder / n) for n in ("raw.csv", "rules.json")),
                    "--out",
                    str(self.folder / out),
                    "--log",
                    str(self.folder / "log.csv"),
                ]
            )
        read = lambda name: list(csv.reader(io.StringIO((self.folder / name).read_text())))
        return code, json.loads(shown.getvalue()), read(out), read("log.csv")

    def test_every_change_is_in_the_log(self):
        code, said, out, log = self.run_on(
            'id,city,sum\n1,BERLIN  ,"1.234,50"\n2,n/a,"2,00"\n2,Bonn,"3,00"\n,Köln,"4,00"\n',
            [
                {"do": "trim", "column": "*"},
                {"do": "empty", "column": "city", "values": ["N/A"]},
                {"do": "case", "column": "city", "to": "title"},
                {"do": "number", "column": "sum", "decimal": ","},
                {"do": "require", "column": "id"},
                {"do": "unique", "columns": ["id"], "keep": "last"},
                {"do": "rename", "column": "sum", "to": "net"},
            ],
        )
        self.assertEqual(out, [["id", "city", "net"], ["1", "Berlin", "1234.50"], ["2", "Bonn", "3.00"]])
        self.assertEqual([said[k] for k in ("rows_in", "removed", "rows_out", "proof")], [4, 2, 2, 0])
        self.assertEqual(code, 0)
        self.assertIn(["3", "city", "n/a", "", "2 empty"], log)
        self.assertEqual([entry[0] for entry in log if entry[3] == "removed"], ["5", "3"])

    def test_undoing_the_log_gives_the_raw_table_back(self):
        raw = "a,b\n x,1/2/2026\ny y,3.2.2026\n"
        _, _, out, log = self.run_on(
            raw,
            [
                {"do": "trim", "column": "*"},
                {"do": "map", "column": "a", "values": {"x": "X"}},
                {"do": "date", "column": "b", "order": "dmy"},
            ],
        )
        self.assertEqual(out[1:], [["X", "2026-02-01"], ["y y", "2026-02-03"]])
        table = {int(i) + 2: dict(zip(out[0], row)) for i, row in enumerate(out[1:])}
        for row, column, before, after, _ in reversed(log[1:]):
            self.assertEqual(table[int(row)][column], after)
            table[int(row)][column] = before
        self.assertEqual([list(row.values()) for row in table.values()], [[" x", "1/2/2026"], ["y y", "3.2.2026"]])

    def test_what_cannot_be_read_stays_and_is_told(self):
        code, said, out, _ = self.run_on("a,b\nx,1\nabc,2\n", [{"do": "number", "column": "a"}])
        self.assertEqual((code, [entry["row"] for entry in said["not_readable"]], out[2]), (1, [2, 3], ["abc", "2"]))

    def test_rules_that_cannot_be_done_change_nothing(self):
        for rules, words in (
            ([{"do": "guess"}], "not known"),
            ([{"do": "trim", "column": "*"}, {"do": "map", "column": "a"}], "needs values"),
            ([{"do": "trim", "column": "z"}], "no column z"),
            ([{"do": "rename", "column": "a", "to": "b"}], "already"),
            ([{"do": "unique", "columns": ["q"]}], "no column q"),
            ({"do": "trim"}, "list of rules"),
        ):
            with self.assertRaisesRegex(Problem, words):
                self.run_on("a,b\n1,2\n", rules)
        self.assertFalse((self.folder / "out.csv").exists())
        with self.assertRaisesRegex(Problem, "must not replace the raw one"):
            self.run_on("a,b\n1,2\n", [], out="raw.csv")
