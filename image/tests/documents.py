"""Documents for the tests: one good one of each kind, and ways to break it."""
import io
import re
import zipfile
from pathlib import Path


def rewrite(path, changes=(), without=(), also=()):
    """Changes the text of parts of an office file: {part: function of its text}; leaves parts out, adds others."""
    changes = dict(changes)
    with zipfile.ZipFile(path) as archive:
        parts = [(i, archive.read(i)) for i in archive.infolist() if i.filename not in without]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in parts:
            if entry.filename in changes:
                data = changes.pop(entry.filename)(data.decode()).encode()
            archive.writestr(entry.filename, data)
        for name, text_of_part in dict(also).items():
            archive.writestr(name, text_of_part)
    assert not changes, f"no such parts: {list(changes)}"


def png(width=600, height=400, colour="white", box=(100, 100, 500, 300)):
    from PIL import Image, ImageDraw
    image = Image.new("RGB", (width, height), colour)
    if box:
        ImageDraw.Draw(image).rectangle(box, fill="navy")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    stream.seek(0)
    return stream


def word(path, change=lambda document: None):
    import docx
    from docx.shared import Cm
    document = docx.Document()
    document.add_heading("Report", 1)
    document.add_heading("Numbers", 2)
    document.add_paragraph("All is well.")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "Name"
    picture = document.add_picture(png(), width=Cm(8))
    picture._inline.docPr.set("descr", "A blue box")
    change(document)
    document.save(path)
    return Path(path)


def field(paragraph, code, result):
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    for kind in ("begin", "code", "separate", "result", "end"):
        run = paragraph.add_run(result if kind == "result" else "")
        if kind == "code":
            text = OxmlElement("w:instrText")
            text.text = code
            run._r.append(text)
        elif kind != "result":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def workbook(path, change=lambda book: None):
    """With openpyxl; one formula, and its result put in as a spreadsheet program would."""
    import openpyxl
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Data"
    for row in (("Item", "Price"), ("Pen", 2.5), ("Ink", 4)):
        sheet.append(row)
    sheet["B4"] = "=SUM(B2:B3)"
    change(book)
    book.save(path)
    first = "xl/worksheets/sheet1.xml"
    rewrite(path, {first: lambda xml: xml.replace("<f>SUM(B2:B3)</f><v></v>", "<f>SUM(B2:B3)</f><v>6.5</v>")
                   .replace("<f>SUM(B2:B3)</f><v />", "<f>SUM(B2:B3)</f><v>6.5</v>")
                   .replace("<f>SUM(B2:B3)</f><v/>", "<f>SUM(B2:B3)</f><v>6.5</v>")})
    return Path(path)


def slides(path, change=lambda presentation, slide: None):
    import pptx
    from pptx.util import Inches
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Results"
    slide.placeholders[1].text = "Sales rose by a tenth"
    slide.placeholders[1].width, slide.placeholders[1].height = Inches(4), Inches(3)
    slide.placeholders[1].left, slide.placeholders[1].top = Inches(0.5), Inches(2)
    picture = slide.shapes.add_picture(png(), Inches(5), Inches(2), Inches(4.5))
    picture._element.nvPicPr.cNvPr.set("descr", "A blue box")
    change(presentation, slide)
    presentation.save(path)
    return Path(path)


def pdf(path, draw=None, title="A letter", **options):
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas
    if "DejaVu" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("DejaVu", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))
    canvas = Canvas(str(path), pagesize=(595, 842), initialFontName="DejaVu", initialFontSize=12, **options)
    if title:
        canvas.setTitle(title)
    (draw or (lambda c: c.drawString(72, 760, "Dear reader, all is well.")))(canvas)
    canvas.showPage()
    canvas.save()
    return Path(path)


def text(path, content):
    Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Path(path)


def without_style(pattern, replacement):
    return lambda xml: re.sub(pattern, replacement, xml)
