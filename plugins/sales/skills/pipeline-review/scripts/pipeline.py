"""Reviews a list of opportunities: hygiene, weighted value, coverage of a target, and what moved since an earlier list.

    pipeline.py now.csv stages.csv --before last-week.csv --today 2026-04-15 --period 2026-04-01:2026-06-30 --target 500000 --out pipeline-review.xlsx

Opportunities: id, account, owner, stage, amount, close; where known last_activity, next_step, stage_since. Stages: stage, probability (percent),
kind (open, won, lost), and where wanted max_days.
"""

import argparse
import datetime
import json
import pathlib
import sys
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula  # noqa: E402
from table import Problem, amount, day, figure, read, run  # noqa: E402

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def stages_of(path):
    found = {}
    for row in read(path, need=("stage", "probability", "kind")):
        if row["kind"] not in ("open", "won", "lost"):
            raise Problem(f"{row.at}: kind is open, won or lost, not “{row['kind']}”.")
        chance = amount(row, "probability")
        if not 0 <= chance <= 100:
            raise Problem(f"{row.at}: a probability is 0 to 100 percent.")
        found[row["stage"]] = {
            "order": len(found),
            "chance": chance,
            "kind": row["kind"],
            "max_days": int(row["max_days"]) if row.get("max_days") else None,
        }
    return found


def load(path, stages, decimal=".", order="ymd", sheet=None):
    deals = {}
    for row in read(path, sheet, need=("id", "account", "owner", "stage", "amount", "close")):
        if row["stage"] not in stages:
            raise Problem(f"{row.at}: stage “{row['stage']}” is not among the stages: {', '.join(stages)}.")
        if not row["id"] or row["id"] in deals:
            raise Problem(f"{row.at}: the id is {'empty' if not row['id'] else 'there twice: ' + row['id']}.")
        stage = stages[row["stage"]]
        deals[row["id"]] = {
            "at": row.at,
            **{k: row[k] for k in ("id", "account", "owner", "stage")},
            "amount": amount(row, "amount", decimal, empty=None) if row["amount"] else None,
            "close": day(row, "close", order, empty=True),
            "next_step": row.get("next_step"),
            "kind": stage["kind"],
            "chance": stage["chance"],
            **{k: day(row, k, order, empty=True) if k in row else None for k in ("last_activity", "stage_since")},
            "tracked": set(row),
        }
    return deals


def weighted(deal):
    return ((deal["amount"] or ZERO) * deal["chance"] / 100).quantize(CENT, ROUND_HALF_UP)


def hygiene(deals, stages, today, stale, before):
    findings = []
    for deal in deals.values():
        if deal["kind"] != "open":
            continue
        say = lambda what, text: findings.append(
            {
                "what": what,
                "id": deal["id"],
                "account": deal["account"],
                "owner": deal["owner"],
                "amount": deal["amount"] or ZERO,
                "finding": text,
                "at": deal["at"],
            }
        )
        if not deal["amount"] or deal["amount"] < 0:
            say("no amount", f"amount is {deal['amount']}")
        if deal["close"] is None:
            say("no close date", "")
        elif deal["close"] < today:
            say("close date is past", f"{deal['close']}, {(today - deal['close']).days} days ago")
        if "next_step" in deal["tracked"] and not deal["next_step"]:
            say("no next step", "")
        if "last_activity" in deal["tracked"]:
            quiet = (today - deal["last_activity"]).days if deal["last_activity"] else None
            if quiet is None or quiet > stale:
                say("no activity", f"{quiet} days" if quiet is not None else "none recorded")
        limit = stages[deal["stage"]]["max_days"]
        if limit and deal["stage_since"] and (today - deal["stage_since"]).days > limit:
            say(
                "too long in its stage",
                f"{(today - deal['stage_since']).days} days in {deal['stage']}, usual are {limit}",
            )
        old = (before or {}).get(deal["id"])
        if old and old["close"] and deal["close"] and deal["close"] > old["close"]:
            say("close date moved out", f"from {old['close']} to {deal['close']}")
        if old and stages[old["stage"]]["order"] > stages[deal["stage"]]["order"] and old["kind"] == "open":
            say("stage went back", f"from {old['stage']} to {deal['stage']}")
    return findings


def movement(before, now):
    """Open value before to open value now, step by step; every deal is in one step."""
    steps = {
        "opening": ZERO,
        "new": ZERO,
        "raised": ZERO,
        "lowered": ZERO,
        "won": ZERO,
        "lost": ZERO,
        "vanished": ZERO,
        "reopened": ZERO,
    }
    names = defaultdict(list)
    value = lambda deal: deal["amount"] or ZERO
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name), now.get(name)
        was, is_ = bool(old and old["kind"] == "open"), bool(new and new["kind"] == "open")
        steps["opening"] += value(old) if was else ZERO
        if was and is_:
            gap = value(new) - value(old)
            step = "raised" if gap > 0 else "lowered"
            steps[step] += gap
            if gap:
                names[step].append(name)
        elif was:
            step = new["kind"] if new else "vanished"
            steps[step] -= value(old)
            names[step].append(name)
        elif is_:
            step = "reopened" if old else "new"
            steps[step] += value(new)
            names[step].append(name)
    # From the list itself, not from the steps: the two must agree.
    closing = sum((value(deal) for deal in now.values() if deal["kind"] == "open"), ZERO)
    return steps, closing, names


def workbook(deals, findings, moved, first, last, target, summary_values):
    book = Book()
    summary, bad, all_ = (
        book.sheet("Summary", (40, 16, 16, 16, 40)),
        book.sheet("Findings", (24, 12, 28, 18, 14, 50, 24, 30)),
        book.sheet("Open", (12, 28, 18, 18, 14, 10, 14, 12, 10, 24)),
    )
    bad.head("What", "Id", "Account", "Owner", "Amount", "Finding", "Source", "Agreed")
    for one in findings:
        bad.row(one["what"], one["id"], one["account"], one["owner"], one["amount"], one["finding"], one["at"], "")
    all_.head("Id", "Account", "Owner", "Stage", "Amount", "Chance", "Weighted", "Close", "In period", "Source")
    opens = sorted((deal for deal in deals.values() if deal["kind"] == "open"), key=lambda deal: -(deal["amount"] or 0))
    for deal in opens:
        n = len(all_.rows) + 1
        inside = deal["close"] is not None and first <= deal["close"] <= last
        all_.row(
            deal["id"],
            deal["account"],
            deal["owner"],
            deal["stage"],
            deal["amount"],
            Cell(deal["chance"] / 100, "percent"),
            Formula(f"ROUND(E{n}*F{n},2)", weighted(deal)),
            deal["close"],
            "yes" if inside else "no",
            deal["at"],
        )
    end = len(all_.rows)
    span = lambda column: all_.span(column, 2, end)
    summary.title("Pipeline review"), summary.row("Period", Cell(first, "date"), Cell(last, "date"))
    summary.head("Period", "Value", "", "", "")
    summary.row("Won in the period", summary_values["won"], "", "", "from the list, by close date")
    summary.row("Open in the period", Formula(f'SUMIFS({span("E")},{span("I")},"yes")', summary_values["open"]))
    summary.row("Weighted in the period", Formula(f'SUMIFS({span("G")},{span("I")},"yes")', summary_values["weighted"]))
    if target:
        summary.row("Target", Cell(target, "input"))
        summary.row("Still needed", Formula("B7-B4", target - summary_values["won"]))
        summary.row(
            "Gap after won and weighted",
            Formula("B7-B4-B6", target - summary_values["won"] - summary_values["weighted"]),
        )
        need = target - summary_values["won"]
        summary.row(
            "Coverage (open ÷ still needed)",
            Formula('IF(B8>0,B5/B8,"reached")', round(summary_values["open"] / need, 4) if need > 0 else "reached"),
            "",
            "",
            "times",
        )
    summary.row()
    if moved:
        steps, closing, names = moved
        start = summary.head("Movement of all open", "Value", "", "", "Which") + 1
        for name, value in steps.items():
            summary.row(name.capitalize(), value, "", "", ", ".join(names.get(name, [])))
        stop = len(summary.rows)
        summary.row(Cell("Closing", "bold"), Formula(f"SUM(B{start}:B{stop})", sum(steps.values(), ZERO), "total"))
        summary.row(
            "Closing − open of the list",
            Formula(f"B{stop + 1}-SUM({span('E')})", sum(steps.values(), ZERO) - closing),
            "",
            "",
            "must be 0.00",
        )
        summary.row()
    summary.head("Owner", "Open", "Weighted", "Findings", "")
    for owner in sorted({deal["owner"] for deal in opens}):
        n = len(summary.rows) + 1
        some = [deal for deal in opens if deal["owner"] == owner]
        summary.row(
            owner,
            Formula(f"SUMIFS({span('E')},{span('C')},A{n})", sum((deal["amount"] or ZERO for deal in some), ZERO)),
            Formula(f"SUMIFS({span('G')},{span('C')},A{n})", sum((weighted(deal) for deal in some), ZERO)),
            Formula(
                f"COUNTIF({bad.span('D', 2, len(bad.rows))},A{n})",
                sum(one["owner"] == owner for one in findings),
                "count",
            ),
        )
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("now"), parser.add_argument("stages"), parser.add_argument("--before")
    (
        parser.add_argument("--today", type=datetime.date.fromisoformat, required=True),
        parser.add_argument("--period", required=True, help="first:last day"),
    )
    (
        parser.add_argument("--target", type=figure),
        parser.add_argument("--stale", type=int, default=21, help="days without activity (21)"),
    )
    (
        parser.add_argument("--sheet"),
        parser.add_argument("--out"),
        parser.add_argument("--decimal", default=".", choices=".,"),
        parser.add_argument("--dates", default="ymd", choices=("ymd", "dmy", "mdy")),
    )
    given = parser.parse_args(arguments)
    try:
        first, last = (datetime.date.fromisoformat(part) for part in given.period.split(":"))
    except ValueError:
        raise Problem(f"“{given.period}” is no period: write 2026-04-01:2026-06-30.") from None
    stages = stages_of(given.stages)
    deals = load(given.now, stages, given.decimal, given.dates, given.sheet)
    before = load(given.before, stages, given.decimal, given.dates, given.sheet) if given.before else None
    inside = [deal for deal in deals.values() if deal["close"] and first <= deal["close"] <= last]
    sum_of = lambda kind: sum((deal["amount"] or ZERO for deal in inside if deal["kind"] == kind), ZERO)
    values = {
        "won": sum_of("won"),
        "open": sum_of("open"),
        "weighted": sum((weighted(deal) for deal in inside if deal["kind"] == "open"), ZERO),
    }
    findings = hygiene(deals, stages, given.today, given.stale, before)
    moved = movement(before, deals) if before is not None else None
    if given.out:
        workbook(deals, findings, moved, first, last, given.target, values).save(given.out)
    opens = sorted((deal for deal in inside if deal["kind"] == "open"), key=lambda deal: -(deal["amount"] or 0))
    top = sum((deal["amount"] or ZERO for deal in opens[:3]), ZERO)
    need = given.target - values["won"] if given.target else None
    print(
        json.dumps(
            {
                "period": values,
                "target": given.target,
                "coverage": round(values["open"] / need, 2) if need and need > 0 else None,
                "gap": need - values["weighted"] if need is not None else None,
                "share_of_top_three": round(top / values["open"] * 100, 1) if values["open"] else None,
                "movement": {
                    **moved[0],
                    "closing": moved[1],
                    "proof": sum(moved[0].values(), ZERO) - moved[1],
                    "which": moved[2],
                }
                if moved
                else None,
                "findings": findings,
            },
            default=str,
            indent=1,
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    run(main)
