"""Files of text: CSV, Markdown, HTML."""
import csv
import re
from pathlib import Path

from . import limits
from .report import clean, count
from .words import check_left_over

MAX_TEXT = 50 * limits.MIB
_DOUBLY_ENCODED = re.compile(r"Ã[\u0080-\u00bf¤¶¼Ÿ„–œ©¨]|â€[™œ\u009d“”¦]")


def _read(report):
    """The text; None when it is none (reported)."""
    data = Path(report.path).read_bytes()
    if len(data) > MAX_TEXT:
        raise limits.Refused(f"has more than {MAX_TEXT // limits.MIB} MB of text")
    if not data.strip():
        report.error("empty", "", "is empty")
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
        if b"\0" in data:
            report.error("not-text", "", "contains NUL bytes: this is no text")
            return None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        report.warning("encoding", f"line {line}", "is not UTF-8; read as Windows-1252")
        text = data.decode("cp1252", "replace")
    for pattern, say in ((re.compile("\ufffd"), "has a replacement character: letters were lost"),
                         (_DOUBLY_ENCODED, "has letters encoded twice")):
        found = pattern.search(text)
        if found:
            around = text[max(0, found.start() - 10): found.end() + 10]
            report.error("encoding", f"line {text.count(chr(10), 0, found.start()) + 1}", f'{say}: "{clean(around)}"')
    return text


def check_csv(report):
    report.kind = "CSV"
    text = _read(report)
    if text is None:
        return
    head = "\n".join(text.splitlines()[:20])
    delimiter = max(",;\t|", key=lambda d: min((line.count(d) for line in head.splitlines() if line.strip()), default=0))
    csv.field_size_limit(limits.MIB)
    rows, width, ragged = 0, 0, []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True):
            if not row:
                continue
            rows += 1
            if rows == 1:
                width = len(row)
                _check_header(report, row)
            elif len(row) != width:
                ragged.append((rows, len(row)))
            for column, cell in enumerate(row, 1):
                if re.match(r"[=@]\w|[=+\-@]\w+\(", cell):
                    report.warning("formula", f"row {rows}, column {column}",
                                   f'a spreadsheet runs this as a formula: "{clean(cell, 30)}"')
                if "{" in cell or "[" in cell or "orem" in cell or cell.isupper():
                    check_left_over(report, f"row {rows}, column {column}", cell)
            if rows * width > limits.CELLS:
                report.notes.append(f"only the first {rows} rows were looked at")
                break
    except csv.Error as error:
        report.error("broken", f"row {rows + 1}", f"cannot be read: {error}")
    name = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter]
    report.facts += [count(rows, "row"), count(width, "column"), f"separated by {name}"]
    for row, length in ragged:
        report.error("ragged", f"row {row}", f"has {count(length, 'cell')}, the first row has {width}")
    if rows == 1:
        report.warning("empty", "", "has a header and no rows")


def _check_header(report, row):
    seen = set()
    for column, name in enumerate(row, 1):
        if not name.strip():
            report.warning("header", f"column {column}", "has no name")
        elif name.strip().lower() in seen:
            report.warning("header", f"column {column}", f'the name "{clean(name, 30)}" is there twice')
        seen.add(name.strip().lower())


def _check_order(report, headings):
    before = 0
    for place, level, text in headings:
        if not text.strip():
            report.warning("empty-heading", place, f"heading of level {level} without text")
        elif before and level > before + 1:
            report.warning("heading-order", place, f"heading of level {level} follows level {before}: a level is left out")
        before = level


def _is_missing(report, target):
    """Whether a link within the folder leads to nothing. Addresses, and paths from the root, are not looked at."""
    target = target.split("#")[0].split("?")[0].replace("%20", " ")
    if not target or re.match(r"[a-z][a-z0-9+.-]*:|/", target, re.I):
        return False
    return not (Path(report.path).parent / target).exists()


def check_markdown(report):
    report.kind = "Markdown"
    text = _read(report)
    if text is None:
        return
    headings, fence, table = [], None, 0
    for number, line in enumerate(text.splitlines(), 1):
        place = f"line {number}"
        mark = re.match(r"\s{0,3}(`{3,}|~{3,})", line)
        if mark and (fence is None or mark.group(1)[0] == fence[1][0]):
            fence = None if fence else (number, mark.group(1))
            continue
        if fence:
            continue
        check_left_over(report, place, re.sub(r"`[^`]*`", "", line))
        heading = re.match(r"(#{1,6})(?:\s+(.*?))?\s*#*\s*$", line)
        if heading:
            headings.append((place, len(heading.group(1)), heading.group(2) or ""))
        for bang, alt, target in re.findall(r"(!?)\[([^\]]*)\]\(<?([^)>\s]+)", line):
            if _is_missing(report, target):
                report.error("missing-file", place, f"refers to {clean(target)}, which is not there")
            if bang and not alt.strip():
                report.warning("alt-text", place, "a picture has no alternative text")
        if re.match(r"\s*\|.*\|\s*$", line):
            cells = len(re.findall(r"(?<!\\)\|", line)) - 1
            if table and cells != table:
                report.warning("ragged", place, f"a row of the table has {count(cells, 'cell')}, its header {table}")
            table = table or cells
        else:
            table = 0
    if fence:
        report.error("open-block", f"line {fence[0]}", "the block of code is never closed")
    report.facts += [count(len(text.split()), "word"), count(len(headings), "heading")]
    _check_order(report, headings)


def check_html(report):
    from lxml import html
    report.kind = "HTML"
    text = _read(report)
    if text is None:
        return
    parser = html.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
    tree = html.document_fromstring(text.encode(), parser=parser)
    body = " ".join(t for t in tree.itertext() if isinstance(t, str))
    pictures = [e for e in tree.iter("img", "svg", "canvas")]
    report.facts += [count(len(body.split()), "word"), count(len(pictures), "picture")]
    if not body.strip() and not pictures:
        report.error("empty", "", "shows nothing")
    if not (tree.findtext(".//title") or "").strip():
        report.warning("no-title", "", "has no title")
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        place = f"line {element.sourceline}"
        if element.tag not in ("script", "style") and element.text:
            check_left_over(report, place, element.text)
        if element.tail:
            check_left_over(report, place, element.tail)
        if element.tag == "img" and element.get("alt") is None:
            report.warning("alt-text", place, "a picture has no alternative text")
        target = element.get("src") or (element.get("href") if element.tag in ("link", "a") else "") or ""
        if element.tag in ("img", "script", "link", "iframe", "video", "audio", "source") \
                and re.match(r"(?:https?:)?//", target):
            report.warning("from-network", place, f"needs the network to be shown: {clean(target)}")
        elif _is_missing(report, target):
            report.error("missing-file", place, f"refers to {clean(target)}, which is not there")
    _check_order(report, [(f"line {e.sourceline}", int(e.tag[1]), e.text_content())
                          for e in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")])
