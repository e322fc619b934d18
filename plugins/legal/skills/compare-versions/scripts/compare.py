"""Compares two versions of an agreement clause by clause, by their text and not by their numbers, and marks what changes the deal.

compare.py old.docx new.docx --out changes.csv --marked changes.md
"""

import argparse
import csv
import difflib
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from document import clauses, flat, paragraphs  # noqa: E402
from table import run  # noqa: E402

# Below this likeness two clauses are not the same one changed.
SAME = 0.45
KINDS = (
    ("figure", r"\d[\d.,]*|%|\b(?:one|two|three|six|nine|ten|twelve|thirty|sixty|ninety)\b"),
    ("duty", r"\b(?:shall|must|may|will|should|can|muss|kann|soll|darf)\b"),
    (
        "negation or exception",
        r"\b(?:not|no|never|except|unless|without|excluding|only|solely|nicht|kein\w*|ohne|ausser|außer|nur)\b",
    ),
    (
        "effort or standard",
        r"\b(?:reasonable|best|material|sole|absolute|gross|negligen\w+|wilful|knowingly|promptly|immediately|without delay)\b",
    ),
    ("time", r"\b(?:days?|months?|years?|weeks?|hours?|business|calendar|Tage?|Monate?|Jahre?|Wochen?)\b"),
    (
        "money or liability",
        r"\b(?:EUR|USD|GBP|euros?|fees?|price|liab\w+|indemn\w+|damages|cap|penalt\w+|Haftung|Vergütung)\b|[€$£]",
    ),
)


def words(text):
    return re.findall(r"\w+(?:[.,]\d+)*|[^\w\s]", text)


def likeness(one, other):
    a, b = words(one.casefold()), words(other.casefold())
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    bound = matcher.quick_ratio()  # never below the ratio, and quick: most pairs of clauses have nothing in common
    return matcher.ratio() if bound > SAME - 0.25 else 0.0


def align(old, new):
    """Pairs (old or None, new or None) in the order of the new version; removed ones stand where they were."""
    texts = [[flat(part.text) for part in side] for side in (old, new)]
    partner, taken = {}, set()
    for j, text in enumerate(texts[1]):  # equal texts first, wherever they stand
        i = next((i for i, other in enumerate(texts[0]) if other == text and i not in taken), None)
        if i is not None:
            partner[j] = i
            taken.add(i)
    scored = sorted(
        (
            (
                likeness(texts[0][i], texts[1][j])
                + (0.1 if old[i].label == new[j].label else 0)
                + (0.15 if old[i].heading.casefold() == new[j].heading.casefold() else 0),
                -abs(i - j),
                i,
                j,
            )
            for j in range(len(new))
            if j not in partner
            for i in range(len(old))
            if i not in taken
        ),
        reverse=True,
    )
    for score, _, i, j in scored:
        if score >= SAME and j not in partner and i not in taken:
            partner[j] = i
            taken.add(i)
    pairs = [(old[partner[j]] if j in partner else None, part) for j, part in enumerate(new)]
    for i in (i for i in range(len(old)) if i not in taken):
        after = next(
            (at for at, (left, _) in reversed(list(enumerate(pairs))) if left is not None and old.index(left) < i), -1
        )
        pairs.insert(after + 1, (old[i], None))
    return pairs


def marked(old, new):
    """The new text with [-removed-] and {+added+}, and the words that changed."""
    a, b = words(old), words(new)
    out, changed = [], []
    for kind, i, k, j, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        gone, come = " ".join(a[i:k]), " ".join(b[j:m])
        if kind == "equal":
            out.append(come)
            continue
        changed += [gone, come]
        out += ([f"[-{gone}-]"] if gone else []) + ([f"{{+{come}+}}"] if come else [])
    return re.sub(r" ([.,;:)])", r"\1", " ".join(out)), " ".join(changed)


def compare(old, new, pairs=None):
    found = []
    for left, right in pairs or align(old, new):
        if left is None or right is None:
            part = left or right
            text = flat(part.text)
            found.append(
                {
                    "what": "removed" if right is None else "new",
                    "old": left.label if left else "",
                    "new": right.label if right else "",
                    "heading": part.heading,
                    "touches": touches(text),
                    "text": f"[-{text}-]" if right is None else f"{{+{text}+}}",
                }
            )
            continue
        before, after = flat(left.text), flat(right.text)
        if before == after:
            if left.label != right.label:
                found.append(
                    {
                        "what": "renumbered",
                        "old": left.label,
                        "new": right.label,
                        "heading": right.heading,
                        "touches": "",
                        "text": "",
                    }
                )
            continue
        text, changed = marked(before, after)
        if not re.sub(r"\W", "", changed):
            what = "punctuation"
        else:
            what = "changed"
        found.append(
            {
                "what": what,
                "old": left.label,
                "new": right.label,
                "heading": right.heading,
                "touches": touches(changed),
                "text": text,
            }
        )
    return found


def touches(text):
    return ", ".join(name for name, pattern in KINDS if re.search(pattern, text, re.I))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("old", "new"):
        parser.add_argument(name)
    parser.add_argument("--out"), parser.add_argument("--marked")
    given = parser.parse_args(arguments)
    (old, some), (new, more) = paragraphs(given.old), paragraphs(given.new)
    sides = clauses(old), clauses(new)
    pairs = align(*sides)
    found = compare(*sides, pairs)
    columns = ["what", "old", "new", "heading", "touches", "text"]
    if given.out:
        with open(given.out, "w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, columns)
            out.writeheader()
            out.writerows(found)
    if given.marked:
        lines = [f"# Changes from {pathlib.Path(given.old).name} to {pathlib.Path(given.new).name}", ""]
        for one in found:
            number = one["new"] or one["old"]
            lines += [
                f"## {number} {one['heading']}: {one['what']}"
                + (f" (was {one['old']})" if one["old"] and one["new"] and one["old"] != one["new"] else ""),
                "",
                one["text"] or "Text unchanged.",
                "",
            ]
        pathlib.Path(given.marked).write_text("\n".join(lines), encoding="utf-8")
    print(
        json.dumps(
            {
                "notes": sorted(set(some + more)),
                "clauses": [len(side) for side in sides],
                "unchanged": sum(
                    l is not None and r is not None and l.label == r.label and flat(l.text) == flat(r.text)
                    for l, r in pairs
                ),
                "changes": found,
            },
            indent=1,
            ensure_ascii=False,
        )
    )
    return 1 if found else 0


if __name__ == "__main__":
    run(main)
