"""The pandas side of the table benchmark: the same files, the same question, the same answers."""

import json
import statistics
import subprocess
import sys
import time

import pandas


def ask(path):
    """Loads a file and answers; seconds and rows."""
    start = time.perf_counter()
    if path.endswith(".csv"):
        # Dates are dates for Deskhand too.
        frame = pandas.read_csv(path, parse_dates=["Date"])
    else:
        frame = pandas.read_excel(path, engine="openpyxl")
    groups = frame.groupby(["Region", "Product"]).agg(
        rows=("Order ID", "size"), quantity=("Quantity", "sum"), amount=("Amount", "sum")
    )
    rows = [[*key, int(n), int(q), round(float(a), 2)] for key, (n, q, a) in zip(groups.index, groups.values)]
    return time.perf_counter() - start, rows


def main():
    driver, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    print(f"{'file':<28} {'deskhand':>10} {'pandas':>10} {'ratio':>7}")
    for name, rows in (("orders.csv", "200,000 rows"), ("orders.xlsx", "20,000 rows")):
        path = f"{folder}/{name}"
        output = subprocess.run([driver, "run", path, str(rounds)], check=True, capture_output=True, text=True)
        ours = json.loads(output.stdout)
        times, answer = [], None
        for _ in range(rounds):
            seconds, answer = ask(path)
            times.append(seconds)
        if ours["answer"] != answer:
            sys.exit(f"compare.py: the answers differ for {name}:\n{ours['answer'][:3]}\n{answer[:3]}")
        theirs = statistics.median(times) * 1000
        print(f"{name + ', ' + rows:<28} {ours['ms']:>10.0f} {theirs:>10.0f} {ours['ms'] / theirs:>6.2f}x")
    print(f"pandas {pandas.__version__}, openpyxl for xlsx")


main()
