"""Word documents."""
import re

from .package import R, local
from .report import clean, count
from .words import check_left_over

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Twentieths of a point a table may stand out: Word itself hangs cell margins out to both sides.
HANGING = 250
EMU_PER_TWIP = 635
LONG_TABLE = 25


def check(report, package):
    import docx
    report.kind = "Word document"
    main = package.main_part()
    document = docx.Document(report.path)  # Opens for others too, not only for us.
    body = package.xml(main).find(W + "body")
    if body is None:
        report.error("empty", "", "the document has no body")
        return
    levels = _heading_levels(document)
    paragraphs = list(body.iter(W + "p"))
    tables = [t for t in body.iter(W + "tbl")]
    pictures = [e for e in body.iter() if local(e) == "docPr" and _holds_picture(e)]
    headings = [(number, levels[_style(p)], _text(p)) for number, p in enumerate(paragraphs, 1) if _style(p) in levels]
    report.facts += [count(len(paragraphs), "paragraph"), count(len(headings), "heading"),
                     count(len(tables), "table"), count(len(pictures), "picture")]
    for tag, word in (("ins", "tracked insertion"), ("del", "tracked deletion"), ("commentReference", "comment")):
        number = sum(1 for _ in body.iter(W + tag) if _.getparent().tag != W + "rPr")
        if number:
            report.facts.append(count(number, word))
    if not pictures and not any(_text(p).strip() for p in paragraphs):
        report.error("empty", "", "the document has no text and no pictures")
        return
    _check_headings(report, headings, paragraphs, levels)
    _check_text(report, package, main, paragraphs)
    for docpr in pictures:
        if not (docpr.get("descr") or "").strip() and not (docpr.get("title") or "").strip():
            report.warning("alt-text", docpr.get("name") or "picture", "has no alternative text")
    _check_widths(report, body, pictures)
    _check_contents(report, package, main, body, headings)


def _style(paragraph):
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    return found.get(W + "val") if found is not None else None


def _text(paragraph):
    """Without the text of a box inside: that is a paragraph of its own."""
    out = []
    for element in paragraph.iter(W + "t", W + "tab", W + "br"):
        if next(element.iterancestors(W + "p")) is paragraph:
            out.append((element.text or "") if element.tag == W + "t" else " ")
    return "".join(out)


def _heading_levels(document):
    """Id of a style → its level in the outline, from 1; inherited from the style it is based on."""
    levels = {}
    for style in document.styles.element.iter(W + "style"):
        name = style.find(W + "name")
        named = re.fullmatch(r"heading ([1-9])", name.get(W + "val", "").lower()) if name is not None else None
        outline = style.find(f"{W}pPr/{W}outlineLvl")
        if named:
            levels[style.get(W + "styleId")] = int(named.group(1))
        elif outline is not None and outline.get(W + "val", "9").isdigit():
            levels[style.get(W + "styleId")] = int(outline.get(W + "val")) + 1  # 10: body text, as of a TOC's title.
    for style in document.styles.element.iter(W + "style"):
        based = style.find(W + "basedOn")
        if based is not None and style.get(W + "type") == "paragraph" and based.get(W + "val") in levels:
            levels.setdefault(style.get(W + "styleId"), levels[based.get(W + "val")])
    return {style: level for style, level in levels.items() if level <= 9}


def _check_headings(report, headings, paragraphs, levels):
    before = 0
    for number, level, text in headings:
        place = f'paragraph {number} "{clean(text, 40)}"' if text.strip() else f"paragraph {number}"
        if not text.strip():
            report.warning("empty-heading", place, f"heading of level {level} without text")
        elif level > before + 1:
            after = f"follows level {before}" if before else "is the first heading"
            report.warning("heading-order", place, f"heading of level {level} {after}: a level is left out")
            before = level
        else:
            before = level
    if not headings:
        bold = [p for p in paragraphs if _looks_like_heading(p)]
        if len(bold) >= 3:
            report.warning("fake-headings", f'"{clean(_text(bold[0]), 40)}"',
                           f"{len(bold)} bold lines look like headings, but have no heading style")


def _looks_like_heading(paragraph):
    text = _text(paragraph).strip()
    if not text or len(text) > 60 or text[-1] in ".:;," or next(paragraph.iterancestors(W + "tbl"), None) is not None:
        return False
    runs = [r for r in paragraph.iter(W + "r") if "".join(t.text or "" for t in r.iter(W + "t")).strip()]
    return all(_on(r.find(f"{W}rPr/{W}b")) for r in runs) and bool(runs)


def _on(flag):
    return flag is not None and flag.get(W + "val", "true") not in ("0", "false", "off")


def _check_text(report, package, main, paragraphs):
    for number, paragraph in enumerate(paragraphs, 1):
        check_left_over(report, f"paragraph {number}", _text(paragraph))
    for kind in ("header", "footer", "footnotes", "endnotes"):
        for part in package.related(main, kind):
            for paragraph in package.xml(part).iter(W + "p"):
                check_left_over(report, kind, _text(paragraph))


def _holds_picture(docpr):
    return any(local(e) in ("pic", "chart") for e in docpr.getparent().iter())


def _number(element, name):
    try:
        return int(float(element.get(W + name, "")))
    except (AttributeError, ValueError):
        return None


def _check_widths(report, body, pictures):
    # A section's settings stand at its end: what comes before a sectPr belongs to it.
    at_top = list(body)
    rooms, waiting = {}, []
    for element in at_top:
        waiting.append(element)
        section = element if element.tag == W + "sectPr" else element.find(f"{W}pPr/{W}sectPr")
        if section is not None:
            room = _text_width(section)
            rooms.update((id(e), room) for e in waiting)
            waiting = []
    number = 0
    for element in at_top:
        room = rooms.get(id(element))
        for table in [element] if element.tag == W + "tbl" else []:
            number += 1
            grid = sum(_number(c, "w") or 0 for c in table.iterfind(f"{W}tblGrid/{W}gridCol"))
            preferred = table.find(f"{W}tblPr/{W}tblW")
            fixed = _number(preferred, "w") if preferred is not None and preferred.get(W + "type") == "dxa" else 0
            wide = max(grid, fixed or 0)
            if room and wide > room + HANGING:
                report.warning("wide-table", f"table {number}",
                               f"is {_cm(wide)} cm wide, the text of the page is {_cm(room)} cm")
            rows = table.findall(W + "tr")
            if len(rows) > LONG_TABLE and rows[0].find(f"{W}trPr/{W}tblHeader") is None:
                report.hint("table-header", f"table {number}",
                            f"{len(rows)} rows, and the first is not marked to be repeated on each page")
    for docpr in pictures:
        extent = next((e for e in docpr.getparent() if local(e) == "extent"), None)
        top = docpr
        while top.getparent() is not body:
            top = top.getparent()
        room = rooms.get(id(top))
        wide = int(extent.get("cx", "0")) // EMU_PER_TWIP if extent is not None else 0
        if room and local(docpr.getparent()) == "inline" and wide > room + HANGING:
            report.warning("wide-picture", docpr.get("name") or "picture",
                           f"is {_cm(wide)} cm wide, the text of the page is {_cm(room)} cm")


def _text_width(section):
    size, margin = section.find(W + "pgSz"), section.find(W + "pgMar")
    wide = _number(size, "w")
    if wide is None:
        return None
    return wide - sum(abs(_number(margin, side) or 0) for side in ("left", "right")) - (_number(margin, "gutter") or 0)


def _cm(twips):
    return f"{twips / 567:.1f}"


def _fields(body):
    """Each field of the document: (instruction, the text of its result)."""
    for simple in body.iter(W + "fldSimple"):
        yield simple.get(W + "instr", ""), "".join(t.text or "" for t in simple.iter(W + "t"))
    open_fields = []
    for element in body.iter(W + "fldChar", W + "instrText", W + "t"):
        kind = element.get(W + "fldCharType") if element.tag == W + "fldChar" else None
        if kind == "begin":
            open_fields.append([[], [], False])
        elif kind == "separate" and open_fields:
            open_fields[-1][2] = True
        elif kind == "end" and open_fields:
            instruction, result, _ = open_fields.pop()
            yield "".join(instruction), "".join(result)
        elif element.tag == W + "instrText" and open_fields and not open_fields[-1][2]:
            open_fields[-1][0].append(element.text or "")
        elif element.tag == W + "t":
            for field in open_fields:
                if field[2]:
                    field[1].append(element.text or "")


def _check_contents(report, package, main, body, headings):
    contents = [result for code, result in _fields(body) if re.match(r"\s*TOC\b(?!.*\\[ac]\b)", code)]
    if not contents:
        return
    settings = next((package.xml(part) for part in package.related(main, "settings")), None)
    asks = settings is not None and _on(settings.find(W + "updateFields"))
    squeezed = "".join("".join(contents).split()).lower()
    words = [("".join(text.split()).lower(), text) for _, level, text in headings if level <= 2 and text.strip()]
    lacking = [text for squeezed_text, text in words if squeezed_text not in squeezed]
    place = "table of contents"
    if not words:
        report.warning("contents", place, "there are no headings it could list")
    elif len(lacking) == len(words):
        later = "; Word fills it in when it opens the file, other programs show it empty" if asks else ""
        report.warning("contents", place, f"was never updated: it lists no heading{later}")
    elif lacking:
        report.warning("contents", place, f'is out of date: "{clean(lacking[0], 40)}" is not in it'
                       + (f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""))
