#!/usr/bin/env python3
"""Checks what a skill of our plugins has made against what it should have made.

    plugin-evals.py list                              every case
    plugin-evals.py prepare PLUGIN/CASE FOLDER        put a case's files into a folder and print its prompt
    plugin-evals.py check PLUGIN/CASE FOLDER [ANSWER] check a finished folder, and the answer's text where a case looks at it
    plugin-evals.py lint                              are the plugins and cases whole?
    plugin-evals.py examples                          run the scripts of the cases that have an `example`; check what they make, then
                                                      change each expected value and see that the check notices
    plugin-evals.py hostile                           each script on broken copies of its files: it must say what is wrong, without a traceback
    plugin-evals.py self-test                         does every kind of assertion catch a wrong result?

A case is `{"id", "skill", "prompt", "files": [below evals/], "assert": [...], "example"?: [commands]}` in `evals/evals.json`. Kinds of assertion, all on
files by name or pattern (`file`; "answer" is the text of the answer):

    exists / absent / unchanged: a file's name     a file is there, is not there, is as it was
    mentions: [text or [one, of, these]]           in any case; spaces and typographic signs do not matter
    omits: [text]
    number: "12.30"                                a cell or a number in the text is that, to the cent
    cell: {"where": {column: text}, "column": c}, equals: v     one row of a table, found by its texts
    total: column, equals: v                       sum of a column
    rows: n                                        rows below the heading
    formulas: n                                    at least so many formulas
`sheet` narrows a workbook. In an example `@name` is the file `evals/name`, and `copy` puts one into the folder: a result written by hand. Only Python's own library is used: what is written here is read by another program than wrote it.
"""

import csv
import fnmatch
import io
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
import zipfile
from decimal import Decimal, InvalidOperation

ROOT = pathlib.Path(__file__).resolve().parents[1] / "plugins"
SHARED = ("table.py", "book.py")
KINDS = ("exists", "absent", "unchanged", "mentions", "omits", "number", "cell", "total", "rows", "formulas")
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def cases(plugin=None):
    for path in sorted(ROOT.glob(f"{plugin or '*'}/evals/evals.json")):
        for case in json.loads(path.read_text())["cases"]:
            yield path.parents[1].name, case


def find_case(name):
    found = [case for plugin, case in cases() if f"{plugin}/{case['id']}" == name]
    if not found:
        sys.exit(f"There is no case {name}; `list` names them.")
    return name.split("/")[0], found[0]


# Reading what was made.


def sheets(path):
    """{sheet: (rows of texts, number of formulas)}; a CSV is one sheet."""
    if path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        return {path.stem: (rows, 0)}
    with zipfile.ZipFile(path) as book:
        strings = []
        if "xl/sharedStrings.xml" in book.namelist():
            strings = [
                "".join(t.text or "" for t in item.iter(S + "t"))
                for item in xml.fromstring(book.read("xl/sharedStrings.xml"))
            ]
        targets = {one.get("Id"): one.get("Target") for one in xml.fromstring(book.read("xl/_rels/workbook.xml.rels"))}
        found = {}
        for sheet in xml.fromstring(book.read("xl/workbook.xml")).iter(S + "sheet"):
            target = targets[
                sheet.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")
            ].lstrip("/")
            page = xml.fromstring(book.read(target if target.startswith("xl/") else f"xl/{target}"))
            rows, formulas = [], len(list(page.iter(S + "f")))
            for row in page.iter(S + "row"):
                cells = []
                for cell in row.iter(S + "c"):
                    at = 0
                    for sign in re.match("[A-Z]+", cell.get("r")).group():
                        at = at * 26 + ord(sign) - 64
                    value = cell.findtext(S + "v") or ""
                    if cell.get("t") == "s":
                        value = strings[int(value)]
                    elif cell.get("t") == "inlineStr":
                        value = "".join(t.text or "" for t in cell.iter(S + "t"))
                    cells += [""] * (at - len(cells) - 1) + [value]
                rows.append(cells)
            found[sheet.get("name")] = (rows, formulas)
        return found


def text_of(path, sheet=None):
    if path.suffix in (".xlsx", ".csv"):
        return "\n".join(
            "\t".join(row) for name, (rows, _) in sheets(path).items() if not sheet or name == sheet for row in rows
        )
    if path.suffix in (".docx", ".pptx"):
        inside = r"word/(document|comments|footnotes)\.xml" if path.suffix == ".docx" else r"ppt/slides/slide\d+\.xml"
        with zipfile.ZipFile(path) as file:
            return "\n".join(
                "".join(t.text or "" for t in p.iter() if t.tag in (W + "t", A + "t", W + "delText"))
                for name in file.namelist()
                if re.fullmatch(inside, name)
                for p in xml.fromstring(file.read(name)).iter()
                if p.tag in (W + "p", A + "p")
            )
    text = path.read_text(encoding="utf-8", errors="replace")
    return re.sub(r"<[^>]*>", " ", text) if path.suffix == ".html" else text


def plain(text):
    for odd, usual in (("’", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("−", "-"), ("\u00a0", " ")):
        text = text.replace(odd, usual)
    return re.sub(r"\s+", " ", text).casefold()


def number(text):
    try:
        text = text.strip().replace("−", "-")
        return Decimal(re.sub(r"[,€$£%\s]", "", text) if re.search(r"\d", text) else "x")
    except InvalidOperation:
        return None


def same(found, expected):
    left, right = number(str(found)), number(str(expected))
    if left is not None and right is not None:
        return abs(left - right) < Decimal("0.005")
    return plain(str(found)).strip() == plain(str(expected)).strip()


def tables(paths, sheet):
    """(heading, rows below it) of each sheet. The heading is the first row with two cells and no number."""
    for path in paths:
        for name, (rows, _) in sheets(path).items():
            if sheet and name != sheet:
                continue
            for at, row in enumerate(rows):
                full = [cell for cell in row if cell.strip()]
                if len(full) > 1 and not any(number(cell) is not None for cell in full):
                    yield [cell.strip() for cell in row], [r for r in rows[at + 1 :] if any(c.strip() for c in r)]
                    break


# Checking.


def problem(check, folder, inputs, answer):
    """What is wrong, or nothing."""
    for kind in ("exists", "absent", "unchanged"):
        if kind in check:
            found = sorted(
                p
                for p in folder.rglob("*")
                if p.is_file() and fnmatch.fnmatch(p.relative_to(folder).as_posix(), check[kind])
            )
            if kind == "unchanged":
                before = inputs.get(check[kind])
                return (
                    None
                    if found and before and before.read_bytes() == found[0].read_bytes()
                    else f"{check[kind]} is not as it was"
                )
            return (
                None
                if bool(found) == (kind == "exists")
                else f"{check[kind]} is {'not ' if kind == 'exists' else ''}there"
            )
    if check["file"] == "answer":
        paths, text = [], answer or ""
    else:
        paths = sorted(
            p
            for p in folder.rglob("*")
            if p.is_file()
            and fnmatch.fnmatch(p.relative_to(folder).as_posix(), check["file"])
            and p.relative_to(folder).as_posix() not in inputs
        )
        if not paths:
            return f"no new file is called {check['file']}"
        text = (
            "\n".join(text_of(path, check.get("sheet")) for path in paths)
            if {"mentions", "omits", "number"} & check.keys()
            else ""
        )
    sheet = check.get("sheet")
    if "mentions" in check:
        lost = [
            want
            for want in check["mentions"]
            if not any(plain(one) in plain(text) for one in ([want] if isinstance(want, str) else want))
        ]
        return f"{check['file']} does not mention {lost}" if lost else None
    if "omits" in check:
        kept = [one for one in check["omits"] if plain(one) in plain(text)]
        return f"{check['file']} mentions {kept}" if kept else None
    if "number" in check:
        cells = [
            cell
            for path in paths
            if path.suffix in (".csv", ".xlsx")
            for name, (rows, _) in sheets(path).items()
            if not sheet or name == sheet
            for row in rows
            for cell in row
        ]
        cells += re.findall(r"[-−]?\d[\d,]*(?:\.\d+)?", text if not sheet else "")
        return (
            None
            if any(same(cell, check["number"]) for cell in cells if number(cell) is not None)
            else f"{check['file']} has no {check['number']}"
        )
    if "formulas" in check:
        count = sum(n for path in paths for name, (_, n) in sheets(path).items() if not sheet or name == sheet)
        return (
            None
            if count >= check["formulas"]
            else f"{check['file']} has {count} formulas, fewer than {check['formulas']}"
        )
    found = list(tables(paths, sheet))
    if "rows" in check:
        counts = [len(rows) for _, rows in found]
        return None if check["rows"] in counts else f"{check['file']} has {counts} rows, not {check['rows']}"
    name = check["total"] if "total" in check else check["cell"]["column"]
    wanted = check.get("cell", {}).get("where", {})
    fitting = [(head, rows) for head, rows in found if {name, *wanted} <= set(head)]
    if not fitting:
        return f"{check['file']} has no table with the columns {', '.join(map(str, [name, *wanted]))}"
    seen = []
    for head, rows in fitting:
        pick = lambda row, column: (row + [""] * len(head))[head.index(column)]
        if "total" in check:
            value = sum((number(pick(row, name)) or Decimal(0) for row in rows), Decimal(0))
            seen.append(value)
        else:
            seen += [
                pick(row, name)
                for row in rows
                if all(same(pick(row, column), value) for column, value in wanted.items())
            ]
    if "cell" in check and not seen:
        return f"{check['file']} has no row {wanted}"
    return (
        None
        if any(same(value, check["equals"]) for value in seen)
        else f"{check['file']}: {name} is {', '.join(map(str, seen[:5]))}, not {check['equals']}"
    )


def check_folder(plugin, case, folder, answer=None):
    inputs = {pathlib.Path(name).name: ROOT / plugin / "evals" / name for name in case["files"]}
    return [found for check in case["assert"] if (found := problem(check, folder, inputs, answer))]


def prepare(plugin, case, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in case["files"]:
        shutil.copyfile(ROOT / plugin / "evals" / name, folder / pathlib.Path(name).name)


# Are the plugins whole?


def lint():
    wrong = []
    market = json.loads((ROOT / ".claude-plugin/marketplace.json").read_text())
    for entry in market["plugins"]:
        plugin = ROOT / entry["source"]
        manifest = json.loads((plugin / ".claude-plugin/plugin.json").read_text())
        wrong += [
            f"{plugin.name}: {key} is missing"
            for key in ("name", "version", "description", "author", "license", "keywords")
            if not manifest.get(key)
        ]
        wrong += [
            f"{plugin.name}: no {name}" for name in ("README.md", "evals/evals.json") if not (plugin / name).is_file()
        ]
        skills = {path.parent.name for path in plugin.glob("skills/*/SKILL.md")}
        counts = dict.fromkeys(skills, 0)
        seen = set()
        for _, case in cases(plugin.name):
            where = f"{plugin.name}/{case.get('id')}"
            if case["id"] in seen or case["skill"] not in skills:
                wrong.append(f"{where}: the id is taken, or there is no skill {case['skill']}")
            seen.add(case["id"])
            counts[case["skill"]] = counts.get(case["skill"], 0) + 1
            wrong += [
                f"{where}: {name} is not there" for name in case["files"] if not (plugin / "evals" / name).is_file()
            ]
            wrong += [
                f"{where}: {check} has no or two kinds"
                for check in case["assert"]
                if len([k for k in KINDS if k in check]) != 1
            ]
            if not any({"number", "cell", "total", "rows", "mentions"} & check.keys() for check in case["assert"]):
                wrong.append(f"{where}: nothing about the content is asserted")
        wrong += [
            f"{plugin.name}: {skill} has {count} cases, fewer than 2" for skill, count in counts.items() if count < 2
        ]
        for script in plugin.glob("**/scripts/*.py"):
            own = {p.stem for p in plugin.glob("tests/test_*.py")}
            if script.name not in SHARED and f"test_{script.stem}" not in own:
                wrong.append(f"{script.relative_to(ROOT)} has no tests/test_{script.stem}.py")
    for name in SHARED:
        if len({path.read_bytes() for path in ROOT.glob(f"*/scripts/{name}")}) > 1:
            wrong.append(f"the copies of {name} differ")
    return wrong


# Running the examples, and proving that a wrong expectation is noticed.


def bent(check):
    """The same assertion, expecting something else."""
    other = json.loads(json.dumps(check))
    for key in ("number", "equals"):
        if key in other:
            value = number(str(other[key]))
            other[key] = str(value + Decimal("0.01")) if value is not None else f"{other[key]} (not)"
    for key in ("rows", "formulas"):
        if key in other:
            other[key] += 1 if key == "rows" else 10_000
    for key in ("exists", "absent"):
        if key in other:
            other = {"absent" if key == "exists" else "exists": other[key]}
            break
    if "unchanged" in other:
        other["unchanged"] = "never-there.csv"
    if "mentions" in other:
        other["mentions"] = [*other["mentions"], "these words stand nowhere at all"]
    return other if "omits" not in other else None


def examples():
    wrong, ran, noticed = [], 0, 0
    for plugin, case in cases():
        if "example" not in case:
            continue
        where = f"{plugin}/{case['id']}"
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            prepare(plugin, case, folder)
            answer = ""
            for command in case["example"]:
                words = [
                    str(ROOT / plugin / "evals" / word[1:]) if word.startswith("@") else word
                    for word in shlex.split(command)
                ]
                if words[0] == "copy":
                    for word in words[1:]:
                        shutil.copyfile(word, folder / pathlib.Path(word).name)
                        answer += text_of(pathlib.Path(word))
                    continue
                words[0] = str(ROOT / plugin / words[0])
                done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True)
                answer += done.stdout + done.stderr
                if done.returncode not in (0, 1):  # 1: findings
                    wrong.append(f"{where}: {command}\n{done.stderr.strip()}")
            ran += 1
            wrong += [f"{where}: {found}" for found in check_folder(plugin, case, folder, answer)]
            for check in case["assert"]:
                if (other := bent(check)) is not None:
                    noticed += 1
                    if not check_folder(plugin, {**case, "assert": [other]}, folder, answer):
                        wrong.append(f"{where}: nobody would notice if {json.dumps(other, ensure_ascii=False)}")
    print(f"{ran} examples run, {noticed} wrong expectations noticed" if not wrong else f"{len(wrong)} problems")
    return wrong


def broken(raw):
    """Copies of a file that are wrong in one way each."""
    lines = raw.splitlines(keepends=True)
    half = lines[len(lines) // 2] if lines else b""
    return {
        "empty": b"",
        "its first line alone": b"".join(lines[:1]),
        "without its first line": b"".join(lines[1:]),
        "binary": bytes(range(256)) * 4,
        "one row strange": raw + b"".join(b"\xff?x" if sign in b"0123456789" else bytes([sign]) for sign in half),
    }


def hostile():
    """A script ends with 0, 1 (findings) or 2 and a sentence; the first case of each skill is enough."""
    wrong, ran, done = [], 0, set()
    for plugin, case in cases():
        if case["skill"] in done:
            continue
        for command in case.get("example", []):
            words = shlex.split(command)
            if words[0] == "copy":
                continue
            done.add(case["skill"])
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                prepare(plugin, case, folder)
                for word in [word for other in case["example"] for word in shlex.split(other) if word.startswith("@")]:
                    shutil.copyfile(ROOT / plugin / "evals" / word[1:], folder / pathlib.Path(word).name)
                words = [pathlib.Path(word).name if word.startswith("@") else word for word in words]
                for target in [word for word in words[1:] if (folder / word).is_file()]:
                    raw = (folder / target).read_bytes()
                    for how, bytes_ in broken(raw).items():
                        (folder / target).write_bytes(bytes_)
                        got = subprocess.run(
                            [sys.executable, str(ROOT / plugin / words[0]), *words[1:]],
                            cwd=folder,
                            capture_output=True,
                            text=True,
                        )
                        ran += 1
                        if (
                            got.returncode not in (0, 1, 2)
                            or "Traceback" in got.stderr
                            or (got.returncode == 2 and not got.stderr.strip())
                        ):
                            wrong.append(
                                f"{plugin}/{case['id']}: {target} {how}: {got.stderr.strip()[-300:] or got.returncode}"
                            )
                    (folder / target).write_bytes(raw)
    print(f"{ran} runs on broken files" if not wrong else f"{len(wrong)} problems")
    return wrong


def self_test():
    """A folder that is right passes; each of these, wrong in one way, is caught."""
    sys.path.insert(0, str(ROOT / "finance/scripts"))
    from book import Book, Formula

    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        before = folder / "before"
        before.mkdir()
        (before / "in.csv").write_text("a,b\n1,2\n")
        made = folder / "made"
        made.mkdir()
        shutil.copyfile(before / "in.csv", made / "in.csv")
        (made / "out.csv").write_text("Name,Sum\nNorth,10.00\nSouth,5.50\n")
        book = Book()
        page = book.sheet("Sums")
        page.head("Name", "Sum")
        book.sheet("Notes").row("Nothing else.")
        page.row("North", Decimal("10.00")), page.row("Total", Formula("SUM(B2:B2)", Decimal("10.00")))
        book.save(made / "out.xlsx")
        (made / "memo.md").write_text("The party’s total is 1,234.50 – not more.")
        with zipfile.ZipFile(made / "memo.docx", "w") as file:
            file.writestr(
                "word/document.xml",
                f'<w:document xmlns:w="{W[1:-1]}"><w:p><w:r><w:t>Sec</w:t></w:r><w:r><w:t>tion 4</w:t></w:r></w:p></w:document>',
            )
        inputs = {"in.csv": before / "in.csv"}
        pairs = [
            ({"exists": "out.csv"}, {"exists": "other.csv"}),
            ({"absent": "x.csv"}, {"absent": "out.*"}),
            ({"unchanged": "in.csv"}, {"unchanged": "out.csv"}),
            (
                {"file": "memo.md", "mentions": ["party's TOTAL", ["no", "not more"]]},
                {"file": "memo.md", "mentions": ["party's total", ["few", "none"]]},
            ),
            ({"file": "memo.docx", "mentions": ["section 4"]}, {"file": "memo.docx", "mentions": ["section 5"]}),
            ({"file": "memo.md", "omits": ["less"]}, {"file": "memo.md", "omits": ["more"]}),
            (
                {"file": "out.xlsx", "sheet": "Sums", "omits": ["nothing else"]},
                {"file": "out.xlsx", "sheet": "Notes", "omits": ["nothing else"]},
            ),
            (
                {"file": "out.xlsx", "sheet": "Sums", "mentions": ["north"]},
                {"file": "out.xlsx", "sheet": "Notes", "mentions": ["north"]},
            ),
            ({"file": "memo.md", "number": "1234.5"}, {"file": "memo.md", "number": "1234.51"}),
            ({"file": "out.xlsx", "number": "10"}, {"file": "out.xlsx", "number": "10.01"}),
            (
                {"file": "out.csv", "cell": {"where": {"Name": "South"}, "column": "Sum"}, "equals": "5.5"},
                {"file": "out.csv", "cell": {"where": {"Name": "South"}, "column": "Sum"}, "equals": "10.00"},
            ),
            (
                {
                    "file": "out.xlsx",
                    "sheet": "Sums",
                    "cell": {"where": {"Name": "Total"}, "column": "Sum"},
                    "equals": "10",
                },
                {
                    "file": "out.xlsx",
                    "sheet": "Sums",
                    "cell": {"where": {"Name": "West"}, "column": "Sum"},
                    "equals": "10",
                },
            ),
            (
                {"file": "out.csv", "total": "Sum", "equals": "15.50"},
                {"file": "out.csv", "total": "Sum", "equals": "15.51"},
            ),
            ({"file": "out.csv", "rows": 2}, {"file": "out.csv", "rows": 3}),
            ({"file": "out.xlsx", "formulas": 1}, {"file": "out.xlsx", "formulas": 2}),
            ({"file": "answer", "mentions": ["proved"]}, {"file": "answer", "mentions": ["disproved"]}),
        ]
        for right, bad in pairs:
            if found := problem(right, made, inputs, "It is proved."):
                wrong.append(f"a right result is refused: {found}")
            if not problem(bad, made, inputs, "It is proved."):
                wrong.append(f"a wrong result passes: {json.dumps(bad)}")
        # What was there before is not what was made; and a changed input is seen.
        if not problem({"file": "in.csv", "rows": 1}, made, inputs, ""):
            wrong.append("an input passes for a result")
        (made / "in.csv").write_text("a,b\n1,3\n")
        if not problem({"unchanged": "in.csv"}, made, inputs, ""):
            wrong.append("a changed input passes")
        untested = set(KINDS) - {kind for right, _ in pairs for kind in right}
        wrong += [f"{kind} is not tested" for kind in untested]
    return wrong


def main(words):
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command == "list":
        for plugin, case in cases():
            print(f"{plugin}/{case['id']}\t{case['skill']}\t{case['prompt']}")
        return []
    if command == "prepare" and len(rest) == 2:
        plugin, case = find_case(rest[0])
        prepare(plugin, case, pathlib.Path(rest[1]))
        print(case["prompt"])
        return []
    if command == "check" and len(rest) in (2, 3):
        plugin, case = find_case(rest[0])
        return check_folder(
            plugin, case, pathlib.Path(rest[1]), pathlib.Path(rest[2]).read_text() if len(rest) == 3 else None
        )
    if command in ("lint", "examples", "hostile", "self-test") and not rest:
        return {"lint": lint, "examples": examples, "hostile": hostile, "self-test": self_test}[command]()
    sys.exit(__doc__)


if __name__ == "__main__":
    found = main(sys.argv[1:])
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    sys.exit(1 if found else 0)
