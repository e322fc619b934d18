"""Calculates due dates of obligations, proves each quotation against its document, and writes a calendar.

    deadlines.py register.csv --today 2026-04-01 --until 2028-12-31 --holidays holidays.csv --out obligations.xlsx --calendar deadlines.ics

The register has id, party, obligation, source (a file beside it), clause, quote, from (a date), rule; and where known every, roll.
A rule is a sum: +30d, -3m, +10bd (business days), +2y-3m, eom (end of that month), 0d. `every` repeats it (1m, 3m, 1y) up to --until.
`roll` says what happens to a date that is no business day: none (as written), next, previous. Months are calendar months: 31 January + 1m is
28 February.
"""

import argparse
import calendar
import csv
import datetime
import hashlib
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from book import Book, Cell, Formula  # noqa: E402
from document import clauses, flat, paragraphs  # noqa: E402
from table import Problem, day, read, run  # noqa: E402

ONE = datetime.timedelta(days=1)
STEP = re.compile(r"([+-]?\d+)(bd|d|w|m|y)|(eom)")


def business(date, holidays):
    return date.weekday() < 5 and date not in holidays


def months(date, count):
    at = date.year * 12 + date.month - 1 + count
    year, month = divmod(at, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def shift(date, rule, holidays, where):
    text = rule.replace(" ", "")
    steps = list(STEP.finditer(text))
    if "".join(step[0] for step in steps) != text or not text:
        raise Problem(f"{where}: “{rule}” is no rule. Write +30d, -3m, +10bd, +2y-3m or eom.")
    if any(step[1] and abs(int(step[1])) > 36_500 for step in steps):
        raise Problem(f"{where}: “{rule}” is more than a century.")
    for step in steps:
        if step[3]:
            date = date.replace(day=calendar.monthrange(date.year, date.month)[1])
            continue
        count, unit = int(step[1]), step[2]
        if unit == "bd":
            for _ in range(abs(count)):
                date += ONE if count > 0 else -ONE
                while not business(date, holidays):
                    date += ONE if count > 0 else -ONE
        elif unit in "my":
            date = months(date, count * (12 if unit == "y" else 1))
        else:
            date += datetime.timedelta(days=count * (7 if unit == "w" else 1))
    return date


def roll(date, how, holidays, where):
    if how not in ("", "none", "next", "previous"):
        raise Problem(f"{where}: roll is none, next or previous, not “{how}”.")
    while how in ("next", "previous") and not business(date, holidays):
        date += ONE if how == "next" else -ONE
    return date


def due_dates(row, holidays, until):
    start = day(row, "from")
    every = row.get("every", "")
    if not every:
        return [roll(shift(start, row["rule"] or "0d", holidays, row.at), row.get("roll", ""), holidays, row.at)]
    match = re.fullmatch(r"(\d+)([wmy])", every)
    if not match or not int(match[1]):
        raise Problem(f"{row.at}: every is 1w, 3m or 1y, not “{every}”.")
    found, n = [], 0
    while n < 600:
        # From the first date each time: 31 January, 28 February, 31 March, not 28 March.
        begin = (
            start + datetime.timedelta(weeks=n * int(match[1]))
            if match[2] == "w"
            else months(start, n * int(match[1]) * (12 if match[2] == "y" else 1))
        )
        date = roll(shift(begin, row["rule"] or "0d", holidays, row.at), row.get("roll", ""), holidays, row.at)
        if date > until:
            break
        found.append(date)
        n += 1
    return found


def quotes(rows, folder):
    """What cannot be found word for word in its source, or not in the clause that is named."""
    wrong, texts = [], {}
    for row in rows:
        if row["source"] not in texts:
            lines, _ = paragraphs(folder / row["source"])
            texts[row["source"]] = flat(" ".join(text for _, text in lines)), clauses(lines)
        whole, parts = texts[row["source"]]
        quote = flat(row["quote"])
        if len(quote) < 12:
            wrong.append({"row": row.at, "id": row["id"], "why": "the quotation is too short to prove anything"})
        elif quote not in whole:
            wrong.append({"row": row.at, "id": row["id"], "why": f"“{quote[:80]}” does not stand in {row['source']}"})
        else:
            where = [part.label for part in parts if quote in flat(part.text)]
            if where and not any(label == row["clause"] or row["clause"].startswith(label) for label in where):
                wrong.append(
                    {
                        "row": row.at,
                        "id": row["id"],
                        "why": f"it stands in clause {', '.join(where)}, not in {row['clause']}",
                    }
                )
    return wrong


def ics(entries, today):
    def line(text):
        text = text.encode()
        parts = []
        while len(text) > 73:  # lines of 75 octets at most, never cut inside a character (RFC 5545, 3.1)
            cut = 73
            while text[cut] & 0xC0 == 0x80:
                cut -= 1
            parts.append(text[:cut])
            text = b" " + text[cut:]
        return b"\r\n".join([*parts, text]).decode()

    safe = lambda text: text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Deskhand//obligations//EN"]
    for row, date in entries:
        uid = hashlib.sha256(f"{row['id']}|{date}|{row['source']}".encode()).hexdigest()[:32]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@deskhand",
            f"DTSTAMP:{today:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{date:%Y%m%d}",
            f"DTEND;VALUE=DATE:{date + ONE:%Y%m%d}",
            f"SUMMARY:{safe(row['party'])}: {safe(row['obligation'])}",
            f"DESCRIPTION:{safe(row['source'])} {safe(row['clause'])}: {safe(row['quote'])}",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "TRIGGER:-P14D",
            f"DESCRIPTION:{safe(row['obligation'])}",
            "END:VALARM",
            "END:VEVENT",
        ]
    return "\r\n".join(line(text) for text in [*lines, "END:VCALENDAR"]) + "\r\n"


def workbook(entries, undated, today):
    book = Book()
    sheet, rest = (
        book.sheet("Deadlines", (12, 10, 10, 20, 46, 24, 10, 60, 12, 14, 14, 18)),
        book.sheet("Without a date", (10, 20, 46, 24, 10, 60)),
    )
    sheet.row(Cell("As of", "bold"), Cell(today, "date"))
    sheet.head(
        "Due",
        "Days left",
        "Id",
        "Party",
        "Obligation",
        "Source",
        "Clause",
        "Quotation",
        "From",
        "Rule",
        "Roll",
        "Owner",
    )
    for row, date in entries:
        n = len(sheet.rows) + 1
        sheet.row(
            date,
            Formula(f"A{n}-$B$1", (date - today).days, "bad" if date < today else "count"),
            row["id"],
            row["party"],
            row["obligation"],
            row["source"],
            row["clause"],
            Cell(row["quote"], "wrap"),
            day(row, "from"),
            row["rule"] + (f", every {row['every']}" if row.get("every") else ""),
            row.get("roll", ""),
            "",
        )
    rest.head("Id", "Party", "Obligation", "Source", "Clause", "Quotation")
    for row in undated:
        rest.row(row["id"], row["party"], row["obligation"], row["source"], row["clause"], Cell(row["quote"], "wrap"))
    return book


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("register"), parser.add_argument("--today", type=datetime.date.fromisoformat, required=True)
    parser.add_argument(
        "--until", type=datetime.date.fromisoformat, help="repeat up to this day (two years from today)"
    )
    for name in ("holidays", "out", "calendar", "csv"):
        parser.add_argument(f"--{name}")
    given = parser.parse_args(arguments)
    rows = read(given.register, need=("id", "party", "obligation", "source", "clause", "quote", "from", "rule"))
    twice = {row["id"] for row in rows if sum(other["id"] == row["id"] for other in rows) > 1}
    if twice:
        raise Problem(f"These ids stand twice: {', '.join(sorted(twice))}.")
    holidays = {day(row, "date") for row in read(given.holidays, need=("date",))} if given.holidays else set()
    until = given.until or months(given.today, 24)
    wrong = quotes(rows, pathlib.Path(given.register).resolve().parent)
    entries = sorted(
        ((row, date) for row in rows if row["from"] for date in due_dates(row, holidays, until)),
        key=lambda entry: (entry[1], entry[0]["id"]),
    )
    undated = [row for row in rows if not row["from"]]
    if given.out:
        workbook(entries, undated, given.today).save(given.out)
    if given.csv:
        with open(given.csv, "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["due", "id", "party", "obligation", "source", "clause"])
            out.writerows(
                [date, row["id"], row["party"], row["obligation"], row["source"], row["clause"]]
                for row, date in entries
            )
    if given.calendar:
        pathlib.Path(given.calendar).write_bytes(
            ics([entry for entry in entries if entry[1] >= given.today], given.today).encode()
        )
    print(
        json.dumps(
            {
                "obligations": len(rows),
                "dates": [
                    {"id": row["id"], "due": date, "days_left": (date - given.today).days} for row, date in entries
                ],
                "past": sum(date < given.today for _, date in entries),
                "without_date": [row["id"] for row in undated],
                "quotes_wrong": wrong,
                "holidays": len(holidays),
            },
            default=str,
            indent=1,
            ensure_ascii=False,
        )
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    run(main)
