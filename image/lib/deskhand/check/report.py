"""What was found in a file, and how it is said."""
import unicodedata
from dataclasses import dataclass

LEVELS = ("error", "warning", "hint")
# So many findings of a sort are shown; the rest is counted. A sheet with ten thousand #REF! has one fault.
SHOWN = 8
MESSAGE = 280


def clean(text, limit=70):
    """Text of a document for one line of output: no control characters, not longer than `limit`."""
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in str(text))
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count(number, word, plural=None):
    return f"{number} {word if number == 1 else plural or word + 's'}"


@dataclass(frozen=True)
class Finding:
    level: str
    code: str
    place: str
    message: str

    def line(self):
        place = f"{self.place}: " if self.place else ""
        return f"{self.level}: {place}{self.message} [{self.code}]"


class Report:
    """Findings about one file. `facts` say what the file is; `notes` what was not or could not be done."""

    def __init__(self, path):
        self.path = str(path)
        self.kind = "file"
        self.facts = []
        self.notes = []
        self.rendered = []
        self.checked = True
        self._found = []

    def error(self, code, place, message):
        self._found.append(Finding("error", code, clean(place), clean(message, MESSAGE)))

    def warning(self, code, place, message):
        self._found.append(Finding("warning", code, clean(place), clean(message, MESSAGE)))

    def hint(self, code, place, message):
        self._found.append(Finding("hint", code, clean(place), clean(message, MESSAGE)))

    def number(self, level):
        return sum(1 for f in self._found if f.level == level)

    @property
    def findings(self):
        """Errors first, at most SHOWN of each sort."""
        shown, per_sort = [], {}
        for level in LEVELS:
            for found in self._found:
                if found.level != level:
                    continue
                sort = (level, found.code)
                per_sort[sort] = per_sort.get(sort, 0) + 1
                if per_sort[sort] <= SHOWN:
                    shown.append(found)
            for (of, code), number in per_sort.items():
                if of == level and number > SHOWN:
                    shown.append(Finding(level, code, "", f"and {number - SHOWN} more like this"))
        return shown

    def verdict(self):
        if not self.checked and not self._found:
            return "not checked"
        counts = [count(self.number(level), level) for level in LEVELS if self.number(level)]
        return ", ".join(counts) or "no problems found"

    def text(self):
        name = clean(self.path, 200)
        what = ", ".join([self.kind, *self.facts])
        lines = [f"{name}: {clean(what, 200)}: {self.verdict()}"]
        lines += [f"{name}: {f.line()}" for f in self.findings]
        lines += [f"{name}: note: {clean(note, 300)}" for note in self.notes]
        lines += [f"{name}: rendered: {clean(path, 300)}" for path in self.rendered]
        return "\n".join(lines)

    def json(self):
        return {
            "path": self.path,
            "kind": self.kind,
            "checked": self.checked,
            "facts": self.facts,
            "errors": self.number("error"),
            "warnings": self.number("warning"),
            "hints": self.number("hint"),
            "findings": [vars(f) for f in self.findings],
            "notes": self.notes,
            "rendered": self.rendered,
        }
