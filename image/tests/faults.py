"""Planted faults: each makes a document that is good but for one thing."""
import documents as d


def _paragraph(text, style=None):
    return lambda document: document.add_paragraph(text, style)


def _bold_lines(document):
    for paragraph in list(document.paragraphs):
        if paragraph.style.name.startswith("Heading"):
            paragraph.style = document.styles["Normal"]
    for text in ("Aims", "Means", "Ends"):
        document.add_paragraph().add_run(text).bold = True


def _wide_table(document):
    from docx.shared import Cm
    table = document.add_table(1, 2)
    for column in table.columns:
        column.width = Cm(11)


def _long_table(document):
    document.add_table(30, 2)


def _contents(*results):
    def change(document):
        for result in results:
            d.field(document.add_paragraph(), ' TOC \\o "1-3" \\h \\z ', result)
    return change


def _linked_footer(document):
    document.sections[0].footer.paragraphs[0].text = "{{company}} confidential"


def _no_description(document):
    document.inline_shapes[0]._inline.docPr.set("descr", "")


def _wide_picture(document):
    from docx.shared import Cm
    document.inline_shapes[0].width = Cm(20)


WORD = {
    "good": d.word,
    "nothing-in-it": lambda p: __import__("docx").Document().save(p),
    "heading-order": lambda p: d.word(p, lambda doc: doc.add_heading("Detail", 4)),
    "empty-heading": lambda p: d.word(p, lambda doc: doc.add_heading("", 2)),
    "fake-headings": lambda p: d.word(p, _bold_lines),
    "left-over": lambda p: d.word(p, lambda doc: [doc.add_paragraph(t) for t in (
        "Lorem ipsum dolor", "Dear {{name}},", "TODO: sums", "A to-do list is no fault, todo bien.", "[Insert date]")]),
    "left-over-in-footer": lambda p: d.word(p, _linked_footer),
    "alt-text": lambda p: d.word(p, _no_description),
    "wide-table": lambda p: d.word(p, _wide_table),
    "wide-picture": lambda p: d.word(p, _wide_picture),
    "long-table": lambda p: d.word(p, _long_table),
    "contents-empty": lambda p: d.word(p, _contents("Right-click to update")),
    "contents-old": lambda p: d.word(p, _contents("Report 1")),
    "contents-good": lambda p: d.word(p, _contents("Report 1 Numbers 2")),
    "missing-picture": lambda p: (d.word(p), d.rewrite(p, without=["word/media/image1.png"])),
    "broken-link": lambda p: (d.word(p), d.rewrite(p, {
        "word/document.xml": d.without_style(r'r:embed="rId\d+"', 'r:embed="rId99"')})),
    "broken-xml": lambda p: (d.word(p), d.rewrite(p, {"word/document.xml": lambda xml: xml[:-20]})),
    "entities": lambda p: (d.word(p), d.rewrite(p, {"word/document.xml": lambda xml: xml.replace(
        "<w:document", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document', 1)})),
    "not-a-zip": lambda p: d.text(p, "just text"),
    "zero-bytes": lambda p: d.text(p, ""),
}


def _cells(**cells):
    def change(book):
        for ref, value in cells.items():
            book.active[ref] = value
    return change


def _rows(number):
    def change(book):
        for row in range(6, number + 6):
            book.active.cell(row, 1, f"Item {row}")
    return change


def _format(ref, value, code, width=None):
    def change(book):
        book.active[ref] = value
        book.active[ref].number_format = code
        if width:
            book.active.column_dimensions[ref[0]].width = width
    return change


def _hidden(book):
    sheet = book.create_sheet("Secret")
    sheet["A1"] = 1
    sheet.sheet_state = "hidden"


def _table(book):
    from openpyxl.worksheet.table import Table
    book.active.add_table(Table(displayName="Prices", ref="A1:B3"))
    book.active["C2"] = "=SUM(Costs[Price])"
    book.active["C3"] = "=SUM(Prices[Price])"


def _named(book):
    from openpyxl.workbook.defined_name import DefinedName
    book.defined_names["Gone"] = DefinedName("Gone", attr_text="#REF!")


def _stored_text(book):
    for row, text in enumerate(("Sum", "1,200.50", "17", "3 400"), 1):
        book.active.cell(row, 4, text)
    for row, text in enumerate(("Customer no", "10045", "10046", "10047", "10048"), 1):
        book.active.cell(row, 6, text)


def _zero(xml):
    return xml.replace("<v></v>", "<v>0</v>").replace("<v />", "<v>0</v>").replace("<v/>", "<v>0</v>").replace("6.5", "0")


def _external(path):
    d.workbook(path, _cells(C2="=[1]Plan!A1"))
    d.rewrite(path, also={
        "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        "xl/externalLinks/_rels/externalLink1.xml.rels":
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
            ' Type="x/externalLinkPath" Target="plan.xlsx" TargetMode="External"/></Relationships>'})


WORKBOOKS = {
    "good": d.workbook,
    "nothing-in-it": lambda p: __import__("openpyxl").Workbook().save(p),
    "empty-sheet": lambda p: d.workbook(p, lambda book: book.create_sheet("Sheet")),
    "error-value": lambda p: (d.workbook(p), d.rewrite(p, {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(
        '<c r="B4"><f>', '<c r="B4" t="e"><f>').replace("<v>6.5</v>", "<v>#DIV/0!</v>")})),
    "not-calculated": lambda p: d.workbook(p, _cells(C2="=B2*2", C3="=B3*2")),
    "all-zero": lambda p: (d.workbook(p, _cells(C2="=B2*2", C3="=B3*2")),
                           d.rewrite(p, {"xl/worksheets/sheet1.xml": _zero})),
    "wrong-when-calculated": lambda p: d.workbook(p, _cells(C2="=B2/0")),
    "formulas": lambda p: d.workbook(p, _cells(
        C1="=Costs!A1", C2="='Plan 2'!B2+Data!B2", C3="=B2*Rate", C4="=XLOOKUP(A2,A2:A3,B2:B3)", C5="=SUMME(B2:B3)",
        C6="=SUM(B2;B3)", C7="=#REF!+1", C8="=_xlfn.TEXTJOIN(\",\",TRUE,A2:A3)", C9="=SUM(B2:B3")),
    "tables": lambda p: d.workbook(p, _table),
    "table-header": lambda p: (d.workbook(p, _table), d.rewrite(p, {"xl/tables/table1.xml": lambda xml: xml.replace(
        'name="Price"', 'name="Cost"')})),
    "name-gone": lambda p: d.workbook(p, _named),
    "numbers-as-text": lambda p: d.workbook(p, _stored_text),
    "narrow": lambda p: d.workbook(p, _format("B3", 1234567.891, '#,##0.00 "EUR"', 8)),
    "narrow-date": lambda p: d.workbook(p, _format("C2", __import__("datetime").date(2026, 3, 1), "yyyy-mm-dd", 6)),
    "wide-enough": lambda p: d.workbook(p, _format("B3", 1234567.891, "#,##0.00", 14)),
    "cut-text": lambda p: d.workbook(p, _cells(A2="A very long name of a thing", B2=1)),
    "not-frozen": lambda p: d.workbook(p, _rows(60)),
    "hidden": lambda p: d.workbook(p, _hidden),
    "external": _external,
    "left-over": lambda p: d.workbook(p, _cells(A5="Lorem ipsum")),
    "bad-zip": lambda p: d.text(p, b"PK\x03\x04 broken"),
    "wrong-kind": d.word,
}


def _text(text, points=None, **place):
    from pptx.util import Inches, Pt

    def change(_presentation, slide):
        left, top, wide, high = (Inches(place.get(k, v)) for k, v in (("x", 0.5), ("y", 5.5), ("w", 3), ("h", 0.6)))
        frame = slide.shapes.add_textbox(left, top, wide, high).text_frame
        frame.word_wrap = True
        frame.text = text
        if points:
            frame.paragraphs[0].runs[0].font.size = Pt(points)
    return change


def _body(text):
    def change(_presentation, slide):
        slide.placeholders[1].text = text
    return change


def _picture(descr, wide=1.0):
    def change(_presentation, slide):
        picture = slide.shapes[-1]
        picture.width = int(picture.width * wide)
        picture._element.nvPicPr.cNvPr.set("descr", descr)
    return change


def _slide(layout):
    return lambda presentation, slide: presentation.slides.add_slide(presentation.slide_layouts[layout])


def _tall_table(_presentation, slide):
    from pptx.util import Inches
    table = slide.shapes.add_table(8, 2, Inches(0.5), Inches(5.2), Inches(4), Inches(2)).table
    table.cell(0, 0).text = "Name"


SLIDES = {
    "good": d.slides,
    "no-slides": lambda p: __import__("pptx").Presentation().save(p),
    "empty-placeholders": lambda p: d.slides(p, _slide(1)),
    "empty-slide": lambda p: d.slides(p, _slide(6)) and __import__("pptx"),
    "overflow": lambda p: d.slides(p, _body("Far too much text for a box of this size. " * 12)),
    "slightly-over": lambda p: d.slides(p, _body("A bit too much text for a box of this size, but not a lot of it. It is"
                                                 " just over the edge of what can go in here today.")),
    "long-word": lambda p: d.slides(p, _body("Donaudampfschifffahrtsgesellschaft")),
    "outside": lambda p: d.slides(p, _text("Away", x=11)),
    "over-the-edge": lambda p: d.slides(p, _text("Half away", x=9)),
    "tiny": lambda p: d.slides(p, _text("Small print", 8)),
    "smallish": lambda p: d.slides(p, _text("Source: own sums", 11)),
    "overlap": lambda p: d.slides(p, _text("On the picture", x=3.5, y=4, w=3, h=0.6)),
    "distorted": lambda p: d.slides(p, _picture("A box", 0.8)),
    "alt-text": lambda p: d.slides(p, _picture("chart.png")),
    "tall-table": lambda p: d.slides(p, _tall_table),
    "left-over": lambda p: d.slides(p, _text("Click to add text")),
    "missing-picture": lambda p: (d.slides(p), d.rewrite(p, without=["ppt/media/image1.png"])),
}


def _helvetica(canvas):
    canvas.setFont("Helvetica", 12)
    canvas.drawString(72, 700, "In a font that is not embedded")


def _scan(canvas):
    from reportlab.lib.utils import ImageReader
    canvas.drawImage(ImageReader(d.png()), 50, 400, 400, 300)


def _encrypted(password):
    from reportlab.lib.pdfencrypt import StandardEncryption
    return lambda p: d.pdf(p, encrypt=StandardEncryption(password, "owner", canPrint=0))


PDFS = {
    "good": d.pdf,
    "password": _encrypted("secret"),
    "restricted": _encrypted(""),
    "no-title": lambda p: d.pdf(p, title=None),
    "font": lambda p: d.pdf(p, _helvetica),
    "scan": lambda p: d.pdf(p, _scan),
    "blank": lambda p: d.pdf(p, lambda c: None),
    "drawing": lambda p: d.pdf(p, lambda c: c.rect(50, 50, 100, 100)),
    "off-page": lambda p: d.pdf(p, lambda c: c.drawString(480, 700, "A line that runs over the edge of the page")),
    "boxes": lambda p: d.pdf(p, lambda c: c.drawString(72, 700, "na\u25a0ve \u25a0\u25a0")),
    "left-over": lambda p: d.pdf(p, lambda c: c.drawString(72, 700, "Dear {{name}}")),
    "cut": lambda p: d.text(p, d.pdf(p).read_bytes()[:300]),
    "no-pdf": lambda p: d.text(p, "no PDF"),
}

OTHERS = {
    "good.png": lambda p: d.text(p, d.png().read()),
    "blank.png": lambda p: d.text(p, d.png(box=None).read()),
    "nearly.png": lambda p: d.text(p, d.png(colour=(0, 0, 130)).read()),
    "small.png": lambda p: d.text(p, d.png(120, 80, box=(30, 30, 60, 50)).read()),
    "cut.png": lambda p: d.text(p, d.png(box=(100, 180, 700, 220)).read()),
    "named.jpg": lambda p: d.text(p, d.png().read()),
    "broken.png": lambda p: d.text(p, d.png().read()[:200]),
    "good.csv": lambda p: d.text(p, "name;price\nPen;2,50\nInk;4\n"),
    "ragged.csv": lambda p: d.text(p, "a,b,c\n1,2,3\n1,2\n"),
    "header.csv": lambda p: d.text(p, "a,A,\n1,2,3\n"),
    "formula.csv": lambda p: d.text(p, 'a,b\n"=HYPERLINK(""x"")",-5\n'),
    "windows.csv": lambda p: d.text(p, "näme,b\nMüller,1\n".encode("cp1252")),
    "doubly.csv": lambda p: d.text(p, "a,b\nMÃ¼ller,1\n"),
    "empty.csv": lambda p: d.text(p, "\n\n"),
    "good.md": lambda p: d.text(p, "# Title\n\nText with `{{code}}`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
    "bad.md": lambda p: d.text(p, "# Title\n\n### Deep\n\n## \n\n![](gone.png)\n\n| a | b |\n|---|---|\n| 1 |\n\nTBD\n\n```\ncode\n"),
    "good.html": lambda p: d.text(p, "<html><title>A</title><body><h1>A</h1><p>b<img alt='' src='data:image/png;base64,'>"),
    "bad.html": lambda p: d.text(p, "<html><body><h1>A</h1>\n<h3>B</h3>\n<img src='gone.png'>\n<script src='//x.test/a.js'>"
                                    "</script>\n<p>Lorem ipsum</p>"),
    "other.txt": lambda p: d.text(p, "text"),
}
KINDS = {"docx": WORD, "xlsx": WORKBOOKS, "pptx": SLIDES, "pdf": PDFS}
