"""Presentations."""
import re

from . import textfit
from .report import clean, count
from .textfit import A, EMU, P
from .words import check_left_over, lines

SMALL, TINY = 12.0, 10.0
# A slide's number, its date and footer may be small, and empty ones are not shown.
MARGINALIA = ("dt", "ftr", "sldNum", "hdr")
_FILE_NAME = re.compile(r"[\w .-]+\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg)", re.I)


def check(report, package):
    import pptx
    report.kind = "presentation"
    presentation = pptx.Presentation(report.path)
    slides = list(presentation.slides)
    wide, high = presentation.slide_width, presentation.slide_height
    report.facts += [count(len(slides), "slide"), f"{wide / 914400:.1f} × {high / 914400:.1f} in"]
    if not slides:
        report.error("empty", "", "there are no slides")
        return
    sizes = textfit.Sizes(presentation)
    for number, slide in enumerate(slides, 1):
        _check_slide(report, slide, number, sizes, wide, high)


def _check_slide(report, slide, number, sizes, wide, high):
    shapes = list(slide.shapes)
    place = f"slide {number}"
    if not shapes:
        report.error("empty-slide", place, "there is nothing on it")
        return
    title = slide.shapes.title
    if title is None:
        report.warning("no-title", place, "has no title (layout without one): it cannot be found in the outline")
    areas = []
    for shape in shapes:
        where = f'{place} "{clean(shape.name, 30)}"'
        if None in (shape.left, shape.top, shape.width, shape.height):
            continue
        height = shape.height
        if shape.is_placeholder and shape.has_text_frame and not shape.text_frame.text.strip():
            kind = textfit.placeholder_type(shape)
            if kind not in MARGINALIA:
                report.warning("empty-placeholder", where, "is empty: fill it or delete it")
            continue
        if shape.has_text_frame and shape.text_frame.text.strip():
            height = max(height, _check_text(report, shape, slide, sizes, where))
        if getattr(shape, "has_table", False) and shape.has_table:
            height = max(height, _check_table(report, shape, slide, sizes, where))
        _check_place(report, where, shape, height, wide, high)
        for picture in _pictures(shape):
            _check_picture(report, picture, place)
        if not shape.is_placeholder or textfit.placeholder_type(shape) not in MARGINALIA:
            areas.append((shape, where, height))
    _check_overlap(report, areas)


def _texts(shape):
    """Every shape with text in a group too."""
    for one in shape.shapes if hasattr(shape, "shapes") else [shape]:
        if one is not shape and hasattr(one, "shapes"):
            yield from _texts(one)
        elif getattr(one, "has_text_frame", False):
            yield one


def _check_text(report, shape, slide, sizes, where):
    """Returns the height the shape is shown with, in EMU."""
    body = shape._element.find(P + "txBody")
    styles = sizes.styles(shape, slide)
    check_left_over(report, where, shape.text_frame.text)
    kind = textfit.placeholder_type(shape)
    fit, scale = textfit.shrink(body)
    shown = [(points * scale, text) for text, points, *_ in textfit.paragraphs(body, styles) if text.strip()]
    small = min(shown)
    if kind not in MARGINALIA and small[0] < SMALL:
        say = report.warning if small[0] < TINY else report.hint
        say("small-text", where, f'text of {small[0]:g} points: "{clean(small[1], 30)}"')
    direction = body.find(A + "bodyPr")
    if shape.rotation or (direction is not None and direction.get("vert", "horz") != "horz"):
        return shape.height
    need, too_wide = textfit.needed(body, styles, shape.width / EMU, scale)
    has = shape.height / EMU
    if too_wide:
        report.warning("text-overflow", where, f'the word "{clean(too_wide, 30)}" is wider than its box')
    if fit == "shape":
        return int(need * EMU)
    over = need / max(has, 1.0)
    if over > 1.1:
        say = report.error if over > 1.4 else report.warning
        say("text-overflow", where, f"text needs about {need:.0f} points of height, the box has {has:.0f}")
    return shape.height


def _check_table(report, shape, slide, sizes, where):
    """Rows grow with their text: the height of the table as it is shown, in EMU."""
    table, total, smallest = shape.table, 0.0, None
    styles = [s for s in (sizes._defaults,) if s is not None]
    columns = [c.width / EMU for c in table.columns]
    for row in table.rows:
        height = row.height / EMU
        for cell, column in zip(row.cells, columns):
            body = cell._tc.find(A + "txBody")
            if body is None or cell.is_merge_origin or cell.is_spanned:
                continue
            check_left_over(report, where, cell.text)
            need = 7.2  # The default inset above and below.
            for text, points, font, bold, around, spacing, _ in textfit.paragraphs(body, styles):
                need += lines(text, max(column - 14.4, 1.0), points, font, bold)[0] * points * 1.2 * spacing + around
                if text.strip():
                    smallest = min(smallest or points, points)
            height = max(height, need)
        total += height
    if smallest is not None and smallest < SMALL:
        say = report.warning if smallest < TINY else report.hint
        say("small-text", where, f"text of {smallest:g} points in the table")
    return int(total * EMU)


def _check_place(report, where, shape, height, wide, high):
    left, top, right, bottom = shape.left, shape.top, shape.left + shape.width, shape.top + height
    if right <= 0 or bottom <= 0 or left >= wide or top >= high:
        report.error("off-slide", where, "lies outside the slide: nobody will see it")
        return
    over = {"left": -left / wide, "top": -top / high, "right": (right - wide) / wide, "bottom": (bottom - high) / high}
    side = max(over, key=over.get)
    if over[side] > 0.01:
        report.warning("off-slide", where, f"reaches over the {side} edge by {over[side]:.0%} of the slide")


def _pictures(shape):
    for one in shape.shapes if hasattr(shape, "shapes") else [shape]:
        if one is not shape and hasattr(one, "shapes"):
            yield from _pictures(one)
        elif hasattr(one, "image") and hasattr(one, "crop_left"):
            yield one


def _check_picture(report, picture, place):
    where = f'{place} "{clean(picture.name, 30)}"'
    described = picture._element.find(".//" + P + "cNvPr").get("descr", "").strip()
    if not described or _FILE_NAME.fullmatch(described):
        report.warning("alt-text", where, "has no alternative text")
    try:
        natural_wide, natural_high = picture.image.size
    except Exception:  # Missing (reported with the package) or of a kind without pixels.
        return
    natural_wide *= 1 - picture.crop_left - picture.crop_right
    natural_high *= 1 - picture.crop_top - picture.crop_bottom
    if min(natural_wide, natural_high, picture.width, picture.height) <= 0:
        return
    stretch = (picture.width / picture.height) / (natural_wide / natural_high)
    if not 0.96 < stretch < 1.04:
        how = f"{stretch:.2f} times too wide" if stretch > 1 else f"{1 / stretch:.2f} times too high"
        report.warning("distorted", where, f"the picture is stretched: {how} for its height" if stretch > 1 else
                       f"the picture is stretched: {how} for its width")


def _check_overlap(report, areas):
    """Text on text, or on part of a picture. A label inside a box and a text on a background are as they should be."""
    content = [a for a in areas if _is_content(a[0])]
    for index, (first, where, first_high) in enumerate(content):
        for second, _, second_high in content[index + 1:]:
            across = min(first.left + first.width, second.left + second.width) - max(first.left, second.left)
            along = min(first.top + first_high, second.top + second_high) - max(first.top, second.top)
            smaller = min(first.width * first_high, second.width * second_high)
            if across <= 0 or along <= 0 or smaller <= 0:
                continue
            part = across * along / smaller
            if 0.1 < part < 0.95:
                report.warning("overlap", where, f'overlaps "{clean(second.name, 30)}" by {part:.0%}')


def _is_content(shape):
    if any(getattr(shape, kind, False) for kind in ("has_chart", "has_table")) or hasattr(shape, "image"):
        return True
    return shape.has_text_frame and bool(shape.text_frame.text.strip())
