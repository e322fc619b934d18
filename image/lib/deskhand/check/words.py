"""Text: what looks left over from a template, and how wide it is."""
import re
import unicodedata
from functools import lru_cache

# (what it is called, pattern, level). The first group of an error is never a word of ordinary text.
_LEFT_OVER = [
    ("error", re.compile(r"lorem ipsum|dolor sit amet", re.I)),
    ("error", re.compile(r"\{\{[^{}]{0,60}\}\}|\{%[^{}]{0,60}%\}|<<[A-Za-z_ ]{1,40}>>|\$\{[A-Za-z_.]{1,40}\}")),
    ("error", re.compile(r"\[(?:insert|your|add|enter|company name|client name|name here|date here)\b[^\]]{0,60}\]", re.I)),
    ("error", re.compile(r"click (?:or tap )?(?:here )?to (?:add|enter) \w+", re.I)),
    # Case matters: `todo` is a word in Spanish and in "to-do list". A warning, since it may be meant.
    ("warning", re.compile(r"\b(?:TODO|TBD|FIXME|XXX+)\b")),
]


def check_left_over(report, place, text):
    """One finding for each pattern found in `text`."""
    for level, pattern in _LEFT_OVER:
        found = pattern.search(text)
        if found:
            getattr(report, level)("placeholder", place, f'leftover placeholder text "{found.group(0)}"')


# Widths of the standard fonts' glyphs; Arial and Helvetica, Times New Roman and Times have the same.
# Other fonts: the nearest of these, and how much narrower or wider they are on the average.
_LIKE = [
    (("courier", "consolas", "mono"), "Courier", 1.0),
    (("times", "georgia", "cambria", "garamond", "serif", "palatino", "book antiqua"), "Times-Roman", 1.05),
    (("calibri", "carlito", "candara", "gill sans"), "Helvetica", 0.91),
    (("narrow", "condensed"), "Helvetica", 0.82),
    (("verdana", "dejavu"), "Helvetica", 1.14),
]


@lru_cache(maxsize=4096)
def _glyph(char, family):
    from reportlab.pdfbase.pdfmetrics import stringWidth
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if unicodedata.combining(char):
        return 0.0
    base = unicodedata.normalize("NFD", char)[0]
    if ord(base) > 0xFF:
        # Greek, Cyrillic and the like: as wide as a capital or small letter of our own.
        base = "N" if base.isupper() else "n"
    return stringWidth(base, family, 1)


def width(text, points, font="", bold=False):
    """Of one line, in points: an estimate within a few per cent for Latin text."""
    font = (font or "").lower()
    if "dejavu sans mono" in font:
        font = "mono"
    family, factor = next(((f, k) for names, f, k in _LIKE if any(n in font for n in names)), ("Helvetica", 1.0))
    if bold:
        family = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}[family]
    return sum(_glyph(c, family) for c in text) * points * factor


def lines(text, room, points, font="", bold=False):
    """How many lines `text` takes in `room` points, broken between words; and its widest word."""
    total, widest = 0, 0.0
    space = width(" ", points, font, bold)
    for part in re.split(r"[\n\v]", text):
        used, number = 0.0, 1
        for word in re.findall(r"[^\s\-–/]+[\-–/]?|[\-–/]", part):
            size = width(word, points, font, bold)
            widest = max(widest, size)
            gap = space if used else 0.0
            if used and used + gap + size > room:
                number += 1
                used = 0.0
                gap = 0.0
            used += gap + size
        total += number
    return total, widest
