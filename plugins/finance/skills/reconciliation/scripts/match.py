"""Matches two CSV files on (ref, amount), one row with one row; prints JSON with rows numbered as in the file."""
import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal


def load(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        rows = []
        for row in reader:
            amount = Decimal(row["amount"])
            if not amount.is_finite():
                raise ValueError(f"{path}, line {reader.line_num}: not an amount")
            rows.append((reader.line_num, row["ref"].strip(), amount))
        return rows


def match(left, right):
    waiting = defaultdict(list)
    for row in right:
        waiting[row[1:]].append(row)
    pairs, open_left = [], []
    for row in left:
        found = waiting[row[1:]]
        if found:
            pairs.append((row, found.pop(0)))
        else:
            open_left.append(row)
    open_right = sorted(row for rows in waiting.values() for row in rows)
    total = lambda rows: sum((row[2] for row in rows), Decimal("0.00"))
    return {"matched": pairs, "open_a": open_left, "open_b": open_right, "total_a": total(left), "total_b": total(right),
            "proof": total(left) - total(open_left) + total(open_right) - total(right)}


if __name__ == "__main__":
    print(json.dumps(match(load(sys.argv[1]), load(sys.argv[2])), default=str, indent=1))
