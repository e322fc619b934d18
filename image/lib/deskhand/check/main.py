"""The command line."""
import json
import os
import sys
import zipfile
from pathlib import Path

from . import limits
from .package import Package
from .report import Report, clean

USAGE = """usage: deskhand-check [--json] [--render DIR] FILE…

Says what is wrong with documents: docx, xlsx, pptx, pdf, csv, md, html, png and other pictures.
  --json         findings as a JSON array, one object for each file
  --render DIR   also make pictures of the first pages, as DIR/NAME-1.png and so on
Ends with 0 when there are no errors (warnings are told, and worth a look), 1 with errors, 2 for wrong use."""

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
_PARTS = {"word": (".docx", ".docm", ".dotx"), "xl": (".xlsx", ".xlsm", ".xltx"), "ppt": (".pptx", ".pptm", ".potx")}


def main(arguments):
    files, as_json, folder, rest = [], False, None, list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            files += rest
            break
        if argument in ("-h", "--help"):
            print(USAGE)
            return 0
        if argument == "--json":
            as_json = True
        elif argument == "--render" and rest:
            folder = rest.pop(0)
        elif argument.startswith("--render="):
            folder = argument.partition("=")[2]
        elif argument.startswith("-") and argument != "-":
            print(f"deskhand-check: unknown option {clean(argument)}\n{USAGE}", file=sys.stderr)
            return 2
        else:
            files.append(argument)
    if not files:
        print(USAGE, file=sys.stderr)
        return 2
    sys.stdout.reconfigure(errors="replace")
    reports = [check_file(path, folder) for path in files]
    if as_json:
        print(json.dumps([r.json() for r in reports], ensure_ascii=False, indent=1))
    else:
        print("\n".join(r.text() for r in reports))
    return 1 if any(r.number("error") for r in reports) else 0


def check_file(path, folder=None):
    report = Report(path)
    suffix = Path(path).suffix.lower()
    try:
        size = os.stat(path).st_size
        if not Path(path).is_file():
            report.error("not-a-file", "", "is not a file")
            return report
        if size > limits.FILE_BYTES:
            raise limits.Refused(f"has more than {limits.FILE_BYTES // limits.MIB} MB")
        with limits.time_limit():
            _check(report, suffix)
    except FileNotFoundError:
        report.error("not-there", "", "there is no such file")
        return report
    except limits.Refused as refused:
        report.error("limit", "", f"not checked to the end: {refused}")
        return report
    except (Exception, RecursionError) as error:  # A parser that trips is what "does not open" means.
        report.error("broken", "", f"does not open: {type(error).__name__}: {error}")
    if folder is not None:
        try:
            with limits.time_limit():
                from .render import render
                render(report, path, suffix, folder)
        except (limits.Refused, OSError) as error:
            report.notes.append(f"cannot be rendered here: {error}")
    return report


def _check(report, suffix):
    if os.stat(report.path).st_size == 0:
        report.error("empty", "", "is empty: 0 bytes")
    elif suffix == ".pdf":
        from . import pdf
        pdf.check(report)
    elif suffix in _PICTURES:
        from . import picture
        picture.check(report, suffix)
    elif suffix in (".csv", ".tsv"):
        from . import plain
        plain.check_csv(report)
    elif suffix in (".md", ".markdown"):
        from . import plain
        plain.check_markdown(report)
    elif suffix in (".html", ".htm"):
        from . import plain
        plain.check_html(report)
    elif any(suffix in suffixes for suffixes in _PARTS.values()):
        _check_office(report, suffix)
    else:
        report.checked = False
        report.notes.append("nothing is checked in files of this kind")


def _check_office(report, suffix):
    try:
        package = Package(report.path)
    except zipfile.BadZipFile:
        with open(report.path, "rb") as file:
            start = file.read(8)
        if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            report.error("broken", "", "is an old or a password-protected office file under a new name")
        else:
            report.error("broken", "", "does not open: it is no office file (not a zip archive)")
        return
    package.check(report)
    main = package.main_part()
    if main is None:
        report.error("broken", "", "does not open: its main part is missing")
        return
    kind = next((k for k in _PARTS if main.startswith(k + "/")), None)
    if kind is None or suffix not in _PARTS[kind]:
        report.error("wrong-name", "", f"is called {suffix}, but its contents are of another kind ({main})")
        return
    if kind == "word":
        from . import word as checker
    elif kind == "xl":
        from . import workbook as checker
    else:
        from . import slides as checker
    checker.check(report, package)
