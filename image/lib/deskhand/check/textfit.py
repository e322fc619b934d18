"""Text on slides: the size it is shown in, and how much room it takes."""
from .package import local
from .words import lines, width

EMU = 12700  # Of a point.
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
TITLES = ("title", "ctrTitle")
BODIES = ("body", "obj", "subTitle", None)


def placeholder_type(shape):
    """`None` of a placeholder without a type is an object; of what is no placeholder, "no"."""
    element = shape._element.find(".//" + P + "nvPr/" + P + "ph") if shape.is_placeholder else None
    return "no" if element is None else element.get("type")


def _chain(shape):
    """The shape, and what it takes after: its placeholder in the layout, that one's in the master."""
    found = [shape]
    while len(found) < 3:
        try:
            base = found[-1]._base_placeholder if found[-1].is_placeholder else None
        except (AttributeError, KeyError):
            base = None
        if base is None:
            break
        found.append(base)
    return found


class Sizes:
    """Font sizes in points, as inherited."""

    def __init__(self, presentation):
        self._defaults = presentation.part._element.find(P + "defaultTextStyle")

    def styles(self, shape, slide):
        """The list styles that count for a shape, nearest first."""
        found = []
        for one in _chain(shape):
            body = one._element.find(P + "txBody")
            style = body.find(A + "lstStyle") if body is not None else None
            if style is not None:
                found.append(style)
        kind = placeholder_type(shape)
        text_styles = slide.slide_layout.slide_master._element.find(P + "txStyles")
        if text_styles is not None:
            name = "titleStyle" if kind in TITLES else "bodyStyle" if kind in BODIES else "otherStyle"
            style = text_styles.find(P + name)
            if style is not None:
                found.append(style)
        if self._defaults is not None:
            found.append(self._defaults)
        return found

    @staticmethod
    def inherited(styles, level):
        for style in styles:
            run = style.find(f"{A}lvl{level + 1}pPr/{A}defRPr")
            if run is not None and run.get("sz"):
                return int(run.get("sz")) / 100
        return 18.0


def _font(run):
    latin = run.find(f"{A}rPr/{A}latin")
    return latin.get("typeface", "") if latin is not None else "Calibri"


def paragraphs(shape_body, styles):
    """Each paragraph: (text, points, font, bold, points before and after, line spacing, indent in points)."""
    for paragraph in shape_body.findall(A + "p"):
        settings = paragraph.find(A + "pPr")
        level = int(settings.get("lvl", "0")) if settings is not None else 0
        inherited = Sizes.inherited(styles, level)
        text, points, font, bold = "", 0.0, "Calibri", False
        for child in paragraph:
            if local(child) in ("r", "fld"):
                text += child.findtext(A + "t") or ""
                properties = child.find(A + "rPr")
                size = properties.get("sz") if properties is not None else None
                points = max(points, int(size) / 100 if size else inherited)
                font = _font(child)
                bold = bold or (properties is not None and properties.get("b") == "1")
            elif local(child) == "br":
                text += "\n"
        end = paragraph.find(A + "endParaRPr")
        if not points:
            points = int(end.get("sz")) / 100 if end is not None and end.get("sz") else inherited
        around, spacing = 0.0, 1.0
        for name in ("spcBef", "spcAft"):
            fixed = settings.find(f"{A}{name}/{A}spcPts") if settings is not None else None
            around += int(fixed.get("val", "0")) / 100 if fixed is not None else 0
        spaced = settings.find(f"{A}lnSpc/{A}spcPct") if settings is not None else None
        if spaced is not None and spaced.get("val", "").isdigit():
            spacing = int(spaced.get("val")) / 100_000
        margin = settings.get("marL") if settings is not None else None
        if margin is None:
            margin = next((s.find(f"{A}lvl{level + 1}pPr").get("marL") for s in styles
                           if s.find(f"{A}lvl{level + 1}pPr") is not None
                           and s.find(f"{A}lvl{level + 1}pPr").get("marL")), "0")
        yield text, points, font, bold, around, spacing, int(margin) / EMU


def insets(body):
    """Left, top, right, bottom in points."""
    settings = body.find(A + "bodyPr")
    defaults = (("lIns", 91440), ("tIns", 45720), ("rIns", 91440), ("bIns", 45720))
    return [int(settings.get(name) or default) / EMU if settings is not None else default / EMU
            for name, default in defaults]


def needed(body, styles, wide, scale=1.0):
    """Of a text body in a box `wide` points wide: (height needed, widest word beyond the box or "")."""
    left, top, right, bottom = insets(body)
    height, too_wide, first = top + bottom, "", True
    settings = body.find(A + "bodyPr")
    wraps = settings is None or settings.get("wrap") != "none"
    for text, points, font, bold, around, spacing, indent in paragraphs(body, styles):
        points *= scale
        room = max(wide - left - right - indent, 1.0)
        number, widest = lines(text, room if wraps else 1e9, points, font, bold)
        if wraps and widest > room * 1.05:
            too_wide = next(w for w in text.split() if width(w, points, font, bold) >= widest * 0.6)
        height += number * points * 1.2 * spacing + (0 if first else around)
        first = False
    return height, too_wide


def shrink(body):
    """(kind of fitting: "none", "shape" or "text"; the scale that is stored)."""
    settings = body.find(A + "bodyPr")
    if settings is None:
        return "none", 1.0
    if settings.find(A + "spAutoFit") is not None:
        return "shape", 1.0
    fitted = settings.find(A + "normAutofit")
    if fitted is not None:
        return "text", int(fitted.get("fontScale", "100000").rstrip("%")) / 100_000
    return "none", 1.0
