"""PDF files. What is slow is left to the programs of poppler, each run with limits."""
import re
import tempfile

from . import limits
from .report import count
from .words import check_left_over

_FIELDS_SHOWN = 3


def check(report):
    import logging

    import pypdf
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # What it repairs silently is its own affair.
    report.kind = "PDF"
    reader = pypdf.PdfReader(report.path)
    if reader.is_encrypted:
        if not reader.decrypt(""):
            report.error("encrypted", "", "needs a password to open: its contents could not be checked")
            return
        report.warning("encrypted", "", "is encrypted: opens without a password, but may forbid printing or copying")
    pages = len(reader.pages)
    report.facts.append(count(pages, "page"))
    if not pages:
        report.error("empty", "", "there are no pages")
        return
    fields = reader.get_fields() or {}
    if fields:
        report.facts.append(count(len(fields), "form field"))
    if pages > limits.PAGES:
        report.notes.append(f"only the first {limits.PAGES} of {pages} pages were looked at")
    title = (reader.metadata.title or "").strip() if reader.metadata else ""
    if title in ("", "untitled"):  # The second is what reportlab writes.
        report.hint("no-title", "", "has no title in its properties: programs show the file's name")
    with tempfile.TemporaryDirectory(prefix="deskhand-check-") as folder:
        _check_pages(report, reader, folder)
        _check_fonts(report, folder)


def _check_pages(report, reader, folder):
    import os

    from lxml import etree
    code, output, errors = limits.run(
        ["pdftotext", "-bbox", "-l", str(limits.PAGES), os.path.abspath(report.path), "-"], folder)
    if code != 0:
        report.error("broken", "", f"its text cannot be read: {errors.strip() or code}")
        return
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", output)
    tree = etree.fromstring(clean.encode(), etree.XMLParser(recover=True, resolve_entities=False, no_network=True,
                                                            load_dtd=False))
    scanned, blank = [], []
    for number, page in enumerate(tree.iter("{*}page") if tree is not None else [], 1):
        place = f"page {number}"
        words = list(page.iter("{*}word"))
        text = " ".join(w.text or "" for w in words)
        if not words:
            (scanned if _has_pictures(reader.pages[number - 1]) else blank).append(number)
            continue
        check_left_over(report, place, text)
        _check_characters(report, place, text)
        wide, high = float(page.get("width", 0)), float(page.get("height", 0))
        # What is wholly outside is left out by pdftotext: the last word inside reaches the edge.
        off = [w.text for w in words if float(w.get("xMax", 0)) > wide - 1 or float(w.get("xMin", 0)) < 1
               or float(w.get("yMax", 0)) > high + 6 or float(w.get("yMin", 0)) < -6]
        if off and wide:
            report.error("off-page", place, f'text runs over the edge of the page at "{off[0]}"')
    if scanned:
        report.warning("no-text", _pages(scanned), "only a picture, without text: cannot be searched or read aloud")
    for number in blank:
        if _is_blank(reader.pages[number - 1]):
            report.warning("blank-page", f"page {number}", "is blank")


def _check_characters(report, place, text):
    if re.search(r"\(cid:\d+\)|\ufffd", text):
        report.warning("characters", place, "has text that cannot be copied (no Unicode for its characters)")
    elif re.search(r"\u25a0{2}|\w\u25a0|\u25a0\w", text):
        report.error("characters", place, "shows black boxes in place of characters: its font lacks them")


def _pages(numbers):
    """[1, 2, 3, 5] → `pages 1–3, 5`"""
    spans = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    said = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)
    return ("page " if len(numbers) == 1 else "pages ") + said


def _has_pictures(page, depth=0):
    resources = page["/Resources"] if "/Resources" in page else {}
    objects = resources["/XObject"] if "/XObject" in resources else {}
    for reference in objects.values():
        one = reference.get_object()
        if one.get("/Subtype") == "/Image" or (depth < 3 and one.get("/Subtype") == "/Form"
                                               and _has_pictures(one, depth + 1)):
            return True
    return False


def _is_blank(page):
    """Nothing is painted. A page of drawings without text is not blank."""
    contents = page.get_contents()
    data = contents.get_data() if contents is not None else b""
    return "/Annots" not in page and not re.search(rb"(?:^|\s)(?:f\*?|F|B\*?|b\*?|S|s|sh|Do|BI|Tj|TJ)(?=\s|$)", data)


def _check_fonts(report, folder):
    import os
    code, output, _ = limits.run(["pdffonts", "-l", str(limits.PAGES), os.path.abspath(report.path)], folder)
    if code != 0:
        return
    lines = output.splitlines()
    if len(lines) < 3:
        return
    # Columns have fixed places, given by the line of dashes.
    spans = [m.span() for m in re.finditer(r"-+", lines[1])]
    missing = set()
    for line in lines[2:]:
        name = line[spans[0][0]:spans[0][1]].strip()
        embedded = re.search(r"\s(yes|no)\s+(?:yes|no)\s+(?:yes|no)\s+\d+\s+\d+\s*$", line)
        if embedded and embedded.group(1) == "no" and "Type 3" not in line:
            missing.add(name or "a font without a name")
    if missing:
        names = sorted(missing)
        more = f" and {len(names) - _FIELDS_SHOWN} more" if len(names) > _FIELDS_SHOWN else ""
        report.warning("font-not-embedded", "", f"fonts that are not in the file, shown with others elsewhere:"
                                                f" {', '.join(names[:_FIELDS_SHOWN])}{more}")
