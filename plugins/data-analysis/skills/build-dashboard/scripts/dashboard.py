"""Makes one HTML file, with its data inside, that needs no network: figures, charts and a table that follow its filters.

    dashboard.py orders.csv spec.json --out dashboard.html

spec.json: {"title", "subtitle"?, "filters": [columns], "figures": [{"label", "sum": column | "count": true | "average": column, "unit"?}],
"charts": [{"title", "by": column, "sum": column | "count": true, "kind": "bar" | "line", "month"?: true}], "table": [columns], "source"?}
"""

import argparse
import json
import pathlib
import sys
from collections import defaultdict
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from table import Problem, amount, day, read, run  # noqa: E402

TEMPLATE = pathlib.Path(__file__).resolve().parents[1] / "assets/dashboard.html"
MOST_ROWS = 20_000


def measure(one, where):
    kinds = [kind for kind in ("sum", "average", "count") if one.get(kind)]
    if len(kinds) != 1:
        raise Problem(f"{where} needs one of sum, average, count; it has {', '.join(kinds) or 'none'}.")
    return kinds[0], one[kinds[0]] if kinds[0] != "count" else None


def load(path, spec, sheet=None, decimal="."):
    for key in ("title", "filters", "figures", "charts", "table"):
        if key not in spec:
            raise Problem(f"The spec has no {key}.")
    numbers = {
        column
        for part in ("figures", "charts")
        for n, one in enumerate(spec[part], 1)
        if (column := measure(one, f"{part} {n}")[1])
    }
    texts = [*spec["filters"], *spec["table"], *(chart["by"] for chart in spec["charts"])]
    rows = read(path, sheet, need=(*numbers, *texts))
    if len(rows) > MOST_ROWS:
        raise Problem(f"{len(rows)} rows are too many for one page ({MOST_ROWS}): aggregate first.")
    months = {chart["by"] for chart in spec["charts"] if chart.get("month")}
    data = []
    for row in rows:
        one = {name: row[name] for name in dict.fromkeys(texts)}
        one |= {name: str(amount(row, name, decimal)) if row[name] else None for name in numbers}
        one |= {f"{name} (month)": day(row, name).isoformat()[:7] for name in months}
        data.append(one)
    return data


def value(rows, kind, column):
    if kind == "count":
        return Decimal(len(rows))
    some = [Decimal(row[column]) for row in rows if row[column] is not None]
    total = sum(some, Decimal(0))
    return total if kind == "sum" else (total / len(some) if some else Decimal(0))


def control(data, spec):
    """What the page must show without a filter, calculated here in decimals; the page compares itself with it."""
    figures = [str(value(data, *measure(one, "figure"))) for one in spec["figures"]]
    charts = []
    for chart in spec["charts"]:
        groups = defaultdict(list)
        for row in data:
            groups[row[f"{chart['by']} (month)" if chart.get("month") else chart["by"]]].append(row)
        charts.append({name: str(value(some, *measure(chart, "chart"))) for name, some in sorted(groups.items())})
    return {"figures": figures, "charts": charts, "rows": len(data)}


def page(data, spec, source):
    inside = {"spec": spec, "data": data, "control": control(data, spec), "source": source}
    # In a script element `<` could end it.
    text = (
        json.dumps(inside, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
    return TEMPLATE.read_text(encoding="utf-8").replace("__INSIDE__", text)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("table", "spec"):
        parser.add_argument(name)
    (
        parser.add_argument("--out", required=True),
        parser.add_argument("--sheet"),
        parser.add_argument("--decimal", default=".", choices=".,"),
    )
    given = parser.parse_args(arguments)
    try:
        spec = json.loads(pathlib.Path(given.spec).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"{given.spec} cannot be read: {error}.") from None
    data = load(given.table, spec, given.sheet, given.decimal)
    pathlib.Path(given.out).write_text(
        page(data, spec, spec.get("source") or pathlib.Path(given.table).name), encoding="utf-8"
    )
    print(json.dumps(control(data, spec), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    run(main)
