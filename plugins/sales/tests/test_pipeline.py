import datetime, pathlib, sys, tempfile, unittest
from decimal import Decimal as D

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "skills/pipeline-review/scripts"), str(ROOT / "scripts")]
import pipeline
from table import Problem

STAGES = "stage,probability,kind,max_days\nQualify,20,open,30\nOffer,60,open,\nWon,100,won,\nLost,0,lost,\n"
TODAY = datetime.date(2026, 4, 15)


class Pipeline(unittest.TestCase):
    def load(self, rows, head="id,account,owner,stage,amount,close"):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "s.csv").write_text(STAGES)
            (folder / "d.csv").write_text(f"{head}\n{rows}")
            self.stages = pipeline.stages_of(folder / "s.csv")
            return pipeline.load(folder / "d.csv", self.stages)

    def found(self, rows, head="id,account,owner,stage,amount,close", before=None):
        deals = self.load(rows, head)
        return [(f["what"], f["id"]) for f in pipeline.hygiene(deals, self.stages, TODAY, 21, before)]

    def test_each_fault_is_found_and_closed_deals_are_left_alone(self):
        self.assertEqual(self.found("1,A,X,Offer,10,2026-05-01\n2,A,X,Won,10,2026-01-01\n"), [])
        self.assertEqual(
            self.found("1,A,X,Offer,,\n2,A,X,Offer,5,2026-04-14\n"),
            [("no amount", "1"), ("no close date", "1"), ("close date is past", "2")],
        )
        self.assertEqual(
            self.found(
                "1,A,X,Offer,5,2026-05-01,,2026-03-24\n2,A,X,Offer,5,2026-05-01,Call,2026-03-25\n",
                "id,account,owner,stage,amount,close,next_step,last_activity",
            ),
            [("no next step", "1"), ("no activity", "1")],
        )
        self.assertEqual(
            self.found(
                "1,A,X,Qualify,5,2026-05-01,2026-03-15\n2,A,X,Qualify,5,2026-05-01,2026-03-16\n",
                "id,account,owner,stage,amount,close,stage_since",
            ),
            [("too long in its stage", "1")],
        )

    def test_what_slipped(self):
        before = self.load("1,A,X,Offer,5,2026-05-01\n")
        self.assertEqual(
            self.found("1,A,X,Qualify,5,2026-07-01\n", before=before),
            [("close date moved out", "1"), ("stage went back", "1")],
        )

    def test_every_deal_is_in_one_step_and_the_steps_sum(self):
        before = self.load(
            "1,A,X,Offer,100,2026-05-01\n2,A,X,Offer,50,2026-05-01\n3,A,X,Offer,30,2026-05-01\n4,A,X,Offer,20,2026-05-01\n5,A,X,Offer,7,2026-05-01\n6,A,X,Lost,9,2026-05-01\n"
        )
        now = self.load(
            "1,A,X,Offer,120,2026-05-01\n2,A,X,Won,55,2026-05-01\n3,A,X,Lost,30,2026-05-01\n4,A,X,Offer,15,2026-05-01\n6,A,X,Offer,9,2026-05-01\n7,A,X,Offer,11,2026-05-01\n"
        )
        steps, closing, names = pipeline.movement(before, now)
        self.assertEqual(
            {k: int(v) for k, v in steps.items()},
            {
                "opening": 207,
                "new": 11,
                "raised": 20,
                "lowered": -5,
                "won": -50,
                "lost": -30,
                "vanished": -7,
                "reopened": 9,
            },
        )
        self.assertEqual((closing, sum(steps.values())), (D(155), D(155)))
        self.assertEqual(names["vanished"], ["5"])

    def test_weighted(self):
        self.assertEqual(pipeline.weighted(self.load("1,A,X,Offer,10.03,2026-05-01\n")["1"]), D("6.02"))

    def test_unknown_stages_and_ids_twice_are_refused(self):
        for rows, words in (
            ("1,A,X,Demo,1,2026-05-01\n", "stage “Demo”"),
            ("1,A,X,Won,1,2026-05-01\n1,A,X,Won,1,2026-05-01\n", "there twice: 1"),
            (",A,X,Won,1,2026-05-01\n", "id is empty"),
        ):
            with self.assertRaisesRegex(Problem, words):
                self.load(rows)
