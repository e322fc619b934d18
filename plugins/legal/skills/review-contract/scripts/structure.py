"""Finds what does not hold together in an agreement: references to nowhere, undefined and unused terms, blanks, words that differ from figures.

structure.py agreement.docx --out structure.json
"""

import argparse
import collections
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from document import clauses, flat, paragraphs  # noqa: E402
from table import run  # noqa: E402

WORDS = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    )
}
WORDS |= {word: n * 10 for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
BLANK = re.compile(
    r"\[\s*[●•*._]*\s*\]|_{3,}|\[(?:date|name|amount|insert|tbd|party|address)[^\]]*\]|\b(?:TBD|TBC|XXX+)\b|\[[●•][^\]]*\]",
    re.I,
)
REFERENCE = re.compile(
    r"\b(?:clauses?|sections?|articles?|Ziffern?|Artikel)\s+(\d{1,3}(?:\.\d{1,3})*)|§§?\s*(\d{1,3}[a-z]?)", re.I
)
PARTS = re.compile(r"\b(Schedule|Annex|Appendix|Exhibit|Anlage|Anhang)\s+([A-Z\d]{1,3})\b")
STATUTE = re.compile(
    r"^\s*(?:\(\d\)\s*)?(?:\w+\s+){0,2}(?:of the [A-Z]\w+ (?:\w+ )*Act|BGB|HGB|GDPR|DSGVO|GmbHG|AktG|of Regulation)"
)
COMMON = set(
    """The This These Those A An And Or If In On At By For To Of No Any All Each Every Such Upon Where When Unless Subject Neither Either Nothing Notwithstanding It Its He She They We You Our Your
January February March April May June July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday EUR USD GBP VAT Clause Section Article Schedule Annex Appendix Exhibit Euro Germany England""".split()
)


def value(words):
    """thirty-five -> 35; nothing where a word is no number."""
    total = 0
    for word in re.split(r"[\s-]+", words.casefold()):
        if word == "hundred":
            total = (total or 1) * 100
        elif word in WORDS:
            total += WORDS[word]
        elif word != "and":
            return None
    return total


def forms(term):
    """Singular and plural."""
    found = {term, term + "s", term + "es"}
    found |= (
        {term[:-3] + "y"}
        if term.endswith("ies")
        else {term[:-1] + "ies"}
        if term.endswith("y")
        else {term[:-1]}
        if term.endswith("s")
        else set()
    )
    return found


def defined_terms(text):
    terms = {}
    for pattern in (
        r'\(\s*(?:(?:the|each|a|an|together|collectively|individually|hereinafter|hereafter|referred to as|as|,)\s*)*"([^"]{2,60})"',
        r'"([^"]{2,60})"\s+(?:means|shall mean|has the meaning|have the meaning|refers to|includes)',
    ):
        for match in re.finditer(pattern, text, re.I):
            terms.setdefault(match[1].strip(), match.start())
    for match in re.finditer(r"\(([^()]{0,120})\)", text):  # ("A" or "B")
        for name in re.findall(r'"([^"]{2,60})"', match[1]):
            terms.setdefault(name.strip(), match.start())
    return terms


def look(path):
    lines, notes = paragraphs(path)
    parts = clauses(lines)
    labels = {part.label.casefold() for part in parts}
    whole = flat(" ".join(text for _, text in lines))
    findings = []
    say = lambda kind, part, quote, text: findings.append(
        {"kind": kind, "clause": part.label, "paragraph": part.paragraph, "quote": quote, "finding": text}
    )
    numbered = sum(part.label != "0" for part in parts)
    for part in parts:
        text = flat(part.text)
        around = lambda match: text[max(0, match.start() - 40) : match.end() + 40].strip()
        for match in REFERENCE.finditer(text):
            label = (match[1] or match[2]).casefold()
            if (
                numbered
                and label not in labels
                and not any(one.startswith(label + ".") for one in labels)
                and not STATUTE.match(text[match.end() :])
            ):
                say("reference to nowhere", part, around(match), f"there is no {match[0]}")
        for match in PARTS.finditer(text):
            if match[0].casefold() not in labels:
                say("part not attached", part, around(match), f"{match[0]} is not in this file")
        for match in BLANK.finditer(text):
            say("blank", part, around(match), "to be filled in")
        for match in re.finditer(r"\b((?:[a-z]+[\s-]){0,3}[a-z]+)\s+\((\d{1,4})\)", text, re.I):
            tail = re.split(r"\s+", match[1])
            said = next((v for n in range(len(tail)) if (v := value(" ".join(tail[n:]))) is not None), None)
            if said is not None and said != int(match[2]):
                say(
                    "words and figures differ", part, around(match), f"“{match[1]}” is {said}, the figure is {match[2]}"
                )
    terms = defined_terms(whole)
    for term, at in terms.items():
        uses = sum(len(re.findall(rf"\b{re.escape(form)}\b", whole)) for form in forms(term))
        if uses < 2:
            part = next((p for p in parts if term in flat(p.text)), parts[0])
            say("defined, not used", part, term, f"“{term}” is defined and occurs nowhere else")
    known = {form for term in terms for form in forms(term)}
    candidates = collections.Counter()
    for part in parts:
        body = flat(part.text)
        for match in re.finditer(r"(?<=[a-z,;] )([A-Z][a-z]+\b(?: (?:[A-Z][a-z]+\b|of(?= [A-Z])))*)", body):
            words = match[1]
            # "Confidential Information of Supplier" is two terms; the end of a term is none of its own.
            pieces = [
                piece
                for piece in re.split(r" of ", words)
                if piece not in known and not any(one.endswith(" " + piece) for one in known)
            ]
            if (
                pieces
                and words.split()[0] not in COMMON
                and words.split()[-1] not in ("Act", "Code", "Regulation", "Directive")
            ):
                candidates[words] += 1
    for words, count in sorted(candidates.items(), key=lambda one: (-one[1], one[0])):
        part = next((p for p in parts if words in flat(p.text)), parts[0])
        say("capitalised, not defined", part, words, f"{count} times; a name, or a term that lacks its definition?")
    return {
        "notes": notes,
        "clauses": [
            {"label": p.label, "heading": p.heading, "paragraph": p.paragraph, "words": len(p.text.split())}
            for p in parts
        ],
        "terms": list(terms),
        "findings": findings,
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("agreement"), parser.add_argument("--out")
    given = parser.parse_args(arguments)
    found = look(given.agreement)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    if given.out:
        pathlib.Path(given.out).write_text(text + "\n", encoding="utf-8")
    print(text)
    return 1 if found["findings"] else 0


if __name__ == "__main__":
    run(main)
