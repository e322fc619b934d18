"""How wide a number is when a spreadsheet shows it, in characters of the standard font."""
import re

_QUOTED = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_(.)|\*.')


def is_date(code):
    bare = _QUOTED.sub("", code or "")
    return bool(re.search(r"[ymdhs]", bare, re.I)) and not re.search(r"[0#?]", re.sub(r"s\.0+", "s", bare, flags=re.I))


def width(value, code):
    """Of a number shown with a format code. 0: never too wide, since it is rounded or shown otherwise."""
    code = code or "General"
    if code == "@":
        return 0
    section = _section(code, value)
    if section.strip().lower() in ("general", ""):
        # Excel rounds decimals away and turns to 1E+12 by itself; only the whole part has to fit.
        whole = len(str(int(abs(value)))) + (value < 0)
        return whole if whole <= 11 else 6
    literal = "".join(m.group(1) or m.group(2) or m.group(3) or (" " if m.group(4) else "")
                      for m in _QUOTED.finditer(section))
    bare = _QUOTED.sub("", section)
    if is_date(section):
        return _date(bare) + _size(literal)
    digits = re.search(r"[0#?,]*[0#?](?:\.([0#?]*))?", bare)
    if not digits:
        return _size(bare) + _size(literal)
    if re.search(r"e[+-]", bare, re.I):
        return len(digits.group(0)) + 4 + _size(literal)
    scaled = abs(value) * (100 if "%" in bare else 1)
    scaled /= 1000 ** (len(bare[digits.end():]) - len(bare[digits.end():].lstrip(",")))
    places = len((digits.group(1) or "").replace("#", ""))
    grouped = "," in digits.group(0)
    number = f"{scaled:,.{places}f}" if grouped else f"{scaled:.{places}f}"
    around = bare[: digits.start()] + bare[digits.end():].lstrip(",")
    minus = 0.6 if value < 0 and ";" not in code else 0
    return _size(number) + _size(around) + _size(literal) + minus


def _section(code, value):
    parts = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)
    if value < 0 and len(parts) > 1:
        return parts[1]
    return parts[2] if value == 0 and len(parts) > 2 else parts[0]


def _date(bare):
    size = 0.0
    for run in re.findall(r"([ymdhsYMDHS])(\1*)|(.)", bare):
        letter, more, other = run
        if not letter:
            size += _size(other)
        else:
            length = 1 + len(more)
            size += {("y", 4): 4, ("m", 3): 3.2, ("m", 4): 9, ("d", 3): 3.2, ("d", 4): 9.5}.get((letter.lower(), length), 2)
    return size


def _size(text):
    """A digit is 1. Points, commas and spaces are half of one, in the fonts that people use."""
    return sum(0.5 if c in ".,:; '’-()/|" or c == "\u00a0" or c == "\u202f" else 1.0 for c in text)
