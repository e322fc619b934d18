"""Reads an agreement as numbered clauses: Markdown, plain text, or Word without its own libraries."""

import pathlib
import re
import sys
import xml.etree.ElementTree as xml
import zipfile
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from table import Problem  # noqa: E402

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LABEL = re.compile(
    r"^(?:#+\s*)?(?:\*\*)?(?:(?:Clause|Section|Article|Ziffer|Artikel)\s+|§\s*)?(\d{1,3}(?:\.\d{1,3})*[a-z]?)(?:[.):]|\s|\*\*)\s*(?:\*\*)?\s*(\S.*)$",
    re.I,
)
PART = re.compile(
    r"^(?:#+\s*)?(?:\*\*)?((?:Schedule|Annex|Appendix|Exhibit|Anlage|Anhang)\s+[A-Z\d]{1,3})\b(?:\*\*)?\s*[.:–-]?\s*(.*)$",
    re.I,
)


class Clause(NamedTuple):
    label: str
    heading: str
    text: str
    paragraph: int


def paragraphs(path):
    """(number from 1, text) of each paragraph that is not empty, and notes about what the text does not show."""
    path = pathlib.Path(path)
    notes = []
    try:
        if path.suffix.lower() == ".docx":
            with zipfile.ZipFile(path) as file:
                body = xml.fromstring(file.read("word/document.xml"))
            texts = [
                "".join(
                    t.text or "" if t.tag == W + "t" else " "
                    for t in p.iter()
                    if t.tag in (W + "t", W + "tab", W + "br")
                )
                for p in body.iter(W + "p")
            ]
            if body.find(f".//{W}ins") is not None or body.find(f".//{W}del") is not None:
                notes.append("The file has tracked changes: the text is read as if all were accepted.")
            if body.find(f".//{W}numPr") is not None:
                notes.append(
                    "The file numbers paragraphs by itself: those numbers are not in its text. Convert it to PDF or text with numbers to compare references."
                )
        elif path.suffix.lower() in (".md", ".txt", ".text"):
            texts = path.read_text(encoding="utf-8-sig").splitlines()
        else:
            raise Problem(f"{path.name}: only docx, md and txt are read. Convert it to md first.")
    except (OSError, KeyError, UnicodeDecodeError, zipfile.BadZipFile, xml.ParseError) as error:
        raise Problem(f"{path} cannot be read: {error}.") from None
    return [(number, text.strip()) for number, text in enumerate(texts, 1) if text.strip()], notes


def clauses(lines):
    """Clauses in their order; what precedes the first has the label "0". Lists (a), (b) belong to their clause."""
    found, label, heading, start, text = [], "0", "before the first clause", lines[0][0] if lines else 1, []
    for number, line in lines:
        match = PART.match(line) or LABEL.match(line)
        # "30 days after delivery" at the start of a line is no clause: a label is followed by a capital or a quotation mark.
        if match and (PART.match(line) or re.match(r"[A-ZÄÖÜ“\"'(„]", match[2])):
            if text:
                found.append(Clause(label, heading, " ".join(text), start))
            label, start, rest = re.sub(r"\s+", " ", match[1]), number, match[2].replace("**", "").strip()
            short = re.match(r"([^.:;]{2,60})(?:[.:]|$)", rest)
            heading, text = (short[1].strip() if short else rest[:60]), [rest or label]
        else:
            text.append(line)
    if text:
        found.append(Clause(label, heading, " ".join(text), start))
    return found


def flat(text):
    """For comparing quotations: spaces, quotation marks, dashes and Markdown do not matter."""
    for odd, usual in (
        ("“", '"'),
        ("”", '"'),
        ("„", '"'),
        ("’", "'"),
        ("‘", "'"),
        ("–", "-"),
        ("—", "-"),
        ("\u00a0", " "),
        ("**", ""),
    ):
        text = text.replace(odd, usual)
    return re.sub(r"\s+", " ", text).strip()
