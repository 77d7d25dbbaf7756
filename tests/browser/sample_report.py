#!/usr/bin/env python3
"""Writes report.json-shaped samples from a fixed seed: `sample_report.py [NAME] [FILE]`.

The samples stand in for a run of the program: to work on the page, and to test what real runs rarely show
(nothing computed, nulls, hostile text). The figures are consistent with each other but belong to no real portfolio.
"""

import copy
import datetime
import json
import math
import random
import sys

BOOKS = ["Equity derivatives", "Cash equity", "FX macro", "Volatility arbitrage", "Hedging"]
STOCKS = ["AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO", "LLY", "MRK", "MSFT", "PEP", "PFE", "PG",
          "RRC", "UNH", "WMT", "XOM"]
UNDERLYINGS = ["SPX"] + STOCKS + ["EURUSD", "GBPUSD", "USDJPY", "USDCHF"]
PRODUCTS = ["stock", "fx_forward", "european", "american", "digital", "barrier", "asian"]
METHODS = {"historical": 1000, "filtered_historical": 1000, "monte_carlo": 2000}
LEVELS = [0.95, 0.975, 0.99]
HORIZONS = [1, 10]
BOOK_SCALE = [9e5, 7e5, 4e5, 3e5, -3.5e5]
COMPONENT_LEVEL = 0.99


def weekdays(end, count):
    day, days = end, []
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day.isoformat())
        day -= datetime.timedelta(days=1)
    return days[::-1]


def tail(pnl, level):
    losses = sorted((-p for p in pnl), reverse=True)
    count = max(1, math.ceil(len(losses) * (1 - level) - 1e-9))
    return losses[count - 1], sum(losses[:count]) / count


def measure(method, pnl, level, horizon):
    scale = math.sqrt(horizon)
    var, es = (scale * x for x in tail(pnl, level))
    half = 0.9 / math.sqrt(len(pnl) * (1 - level))
    return {"method": method, "level": level, "horizon_days": horizon, "var": var, "es": es,
            "var_ci": [var * (1 - half), var * (1 + 1.3 * half)], "es_ci": [es * (1 - half), es * (1 + 1.5 * half)],
            "scenarios": len(pnl), "mc_standard_error": var * half / 2 if method == "monte_carlo" else None}


def distribution(rng, method, count, dates):
    books = {name: [] for name in BOOKS}
    regime = 1.0
    for _ in range(count):
        regime = 0.94 * regime + 0.06 * math.exp(rng.gauss(-0.3, 1.1))
        market = rng.gauss(0, 1) * math.sqrt(regime)
        for name, scale in zip(BOOKS, BOOK_SCALE):
            books[name].append(scale * (0.8 * market + 0.6 * rng.gauss(0, 1)) - 0.05 * abs(scale) * market * market)
    return {"method": method, "dates": dates if method != "monte_carlo" else [],
            "pnl": [sum(day) for day in zip(*books.values())], "books": books}


def split(rng, names, total):
    weights = [rng.gauss(1, 1.2) for _ in names]
    return [total * w / sum(weights) for w in weights]


def components(rng, historical, var, es):
    rows = []
    groups = {"book": BOOKS, "asset_class": ["equity", "fx"], "currency": ["USD", "EUR", "JPY", "GBP", "CHF"],
              "product": PRODUCTS, "underlying": UNDERLYINGS}
    for grouping, names in groups.items():
        for name, part_var, part_es in zip(names, split(rng, names, var), split(rng, names, es)):
            alone = tail(historical["books"][name], COMPONENT_LEVEL)[0] if grouping == "book" \
                else abs(part_var) * rng.uniform(1.1, 1.9)
            rows.append({"grouping": grouping, "name": name, "positions": rng.randint(20, 600),
                         "market_value": rng.gauss(2e7, 3e7), "standalone_var": alone, "component_var": part_var,
                         "component_es": part_es, "incremental_var": part_var * rng.uniform(0.8, 1.0)})
    return rows


def backtest(rng, dates):
    series, volatility = [], 1.1e6
    for date in dates:
        volatility = 0.94 * volatility + 0.06 * 1.1e6 * math.exp(rng.gauss(0, 0.9))
        pnl, var = rng.gauss(0, volatility), 2.15 * volatility * rng.uniform(0.9, 1.1)
        series.append({"date": date, "pnl": pnl, "var": var, "exception": pnl < -var})
    hits = [day["exception"] for day in series]
    n, x, recent = len(hits), sum(hits), sum(hits[-250:])
    pairs = [(a, b) for a, b in zip(hits, hits[1:])]

    def likelihood(p, misses, count):
        return sum(k * math.log(q) for k, q in ((misses, 1 - p), (count, p)) if k)

    def split_at(state):
        after = [b for a, b in pairs if a == state]
        return likelihood(sum(after) / max(1, len(after)), len(after) - sum(after), sum(after))

    kupiec = 2 * (likelihood(x / n, n - x, x) - likelihood(0.01, n - x, x))
    later = sum(b for _, b in pairs)
    independence = 2 * (split_at(False) + split_at(True) - likelihood(later / (n - 1), n - 1 - later, later))
    return {"method": "historical", "level": 0.99, "window": 1000, "days": n, "exceptions": x, "expected": 0.01 * n,
            "kupiec": {"statistic": kupiec, "p_value": math.erfc(math.sqrt(max(0, kupiec) / 2))},
            "christoffersen_independence": {"statistic": independence,
                                            "p_value": math.erfc(math.sqrt(max(0, independence) / 2))},
            "christoffersen_conditional_coverage": {"statistic": kupiec + independence,
                                                    "p_value": math.exp(-(kupiec + independence) / 2)},
            "basel_exceptions": recent, "basel_zone": "green" if recent < 5 else "yellow" if recent < 10 else "red",
            "basel_plus_factor": 0.0 if recent < 5 else 0.4, "series": series}


def worst(rng, historical):
    order = sorted(range(len(historical["pnl"])), key=lambda i: historical["pnl"][i])[:10]
    shocks = [("VIX", "volatility", 0.11), ("SPX", "equity", -0.034), ("USD 10Y", "rate", -0.0009),
              ("RRC", "equity", -0.081), ("USDJPY", "fx", -0.014)]
    return [{"rank": rank + 1, "date": historical["dates"][i], "pnl": historical["pnl"][i],
             "books": {name: pnl[i] for name, pnl in historical["books"].items()},
             "moves": [{"factor": f, "class": c, "type": "absolute" if c == "rate" else "relative",
                        "shock": s * rng.uniform(0.5, 1.8)} for f, c, s in shocks]}
            for rank, i in enumerate(order)]


def realistic():
    rng = random.Random(20221228)
    dates = weekdays(datetime.date(2022, 12, 28), 1000)
    distributions = [distribution(rng, method, count, dates) for method, count in METHODS.items()]
    historical = distributions[0]
    var, es = tail(historical["pnl"], COMPONENT_LEVEL)

    def exposure(grouping, name):
        long, short = rng.uniform(1e6, 9e7), -rng.uniform(0, 5e7)
        return {"grouping": grouping, "name": name, "long": long, "short": short, "net": long + short}

    def book(name):
        measures = [{key: m[key] for key in ("method", "level", "horizon_days", "var", "es")}
                    for d in distributions for level in LEVELS for horizon in HORIZONS
                    for m in [measure(d["method"], d["books"][name], level, horizon)]]
        top = [{"id": f"{name[:2].upper()}-{rng.randint(1000, 9999)}", "product": rng.choice(PRODUCTS),
                "underlying": rng.choice(UNDERLYINGS), "market_value": rng.gauss(8e5, 1.5e6),
                "component_es": 2.4e5 / (i + 1)} for i in range(10)]
        return {"name": name, "positions": rng.randint(150, 700), "market_value": rng.gauss(3e7, 2e7),
                "measures": measures, "top_positions": top}

    books = [book(name) for name in BOOKS]
    return {
        "schema": "dojima.risk/1", "title": "Risk report of the demonstration portfolio", "as_of": "2022-12-28",
        "base_currency": "USD", "market_value": sum(b["market_value"] for b in books),
        "market_value_standard_error": 1834.2, "positions": sum(b["positions"] for b in books), "rejected_count": 4,
        "conventions": {
            "sign": "VaR and ES are positive numbers for losses; P&L is positive for gains.",
            "quantile_rule": "VaR at level a of n scenarios is the ceil(n (1 - a))-th largest loss.",
            "horizon_scaling": "Ten-day figures are one-day figures times the square root of 10.",
            "shocks": "Equity, FX and volatility move by relative changes, rates by absolute changes.",
            "time_decay": "Positions are revalued at the valuation date: no time passes in a scenario.",
            "confidence_interval": "Two-sided 95 % intervals from order statistics.",
            "component_var": "Average contribution of the group in the scenarios around VaR; contributions add up.",
            "backtest": "Each day's VaR uses the scenarios known before that day and today's portfolio."},
        "measures": [measure(d["method"], d["pnl"], level, horizon) for d in distributions for level in LEVELS
                     for horizon in HORIZONS],
        "components": components(rng, historical, var, es), "component_level": COMPONENT_LEVEL, "interval": 0.95,
        "distributions": distributions, "worst_scenarios": worst(rng, historical),
        "backtest": backtest(rng, dates[-500:]),
        "exposures": [exposure(g, n) for g, names in [("book", BOOKS), ("asset_class", ["equity", "fx"]),
                                                      ("currency", ["USD", "EUR", "JPY", "GBP", "CHF"]),
                                                      ("product", PRODUCTS), ("underlying", UNDERLYINGS)]
                      for n in names],
        "sensitivities": [{"kind": kind, "name": name, "value": rng.gauss(0.3, 1) * scale}
                          for kind, names, scale in [("spot_up_1pct", UNDERLYINGS, 9e4),
                                                     ("volatility_up_1pt", UNDERLYINGS, 4e4),
                                                     ("rate_up_1bp", ["USD", "EUR", "JPY", "GBP", "CHF"], 3e3)]
                          for name in names],
        "books": books,
        "rejected": [
            {"file": "portfolio.csv", "line": 1207, "id": "EQ-1206", "what": "strike '-120'",
             "why": "a strike must be positive", "suggestion": "write the strike in units of the underlying"},
            {"file": "portfolio.csv", "line": 1544, "id": "FX-0310", "what": "underlying 'EURUDS'",
             "why": "no such name in underlyings.csv", "suggestion": "did you mean EURUSD?"},
            {"file": "prices.csv", "line": 88, "id": "GE", "what": "close 'NaN' on 2019-04-08",
             "why": "not a number", "suggestion": "leave the cell empty or give the close"},
            {"file": "volatilities.csv", "line": 3, "id": "AAPL", "what": "volatility '32'",
             "why": "looks like a percentage", "suggestion": "write 0.32"}],
        "warnings": [
            {"file": "", "line": 0, "id": "VIX", "what": "volatility factor without history",
             "why": "held still in every scenario", "suggestion": "add a [[history]] of class volatility"}],
        "manifest": {
            "version": "0.1.0", "seed": 42, "device": "cpu (2 threads)", "instruction_set": "AVX-512",
            "command": "dojima risk --portfolio portfolio.csv --market market --config risk.toml --out report",
            "inputs": [{"file": name, "bytes": rng.randint(500, 900000), "xxh3": f"{rng.getrandbits(64):016x}"}
                       for name in ["portfolio.csv", "market.toml", "prices.csv", "fx.csv", "underlyings.csv"]],
            "timings": {"load": 0.21, "scenarios": 0.08, "revaluation": 3.94, "measures": 0.05, "backtest": 0.61,
                        "report": 0.12},
            "scenarios": 4000, "trades": 2000, "trades_x_scenarios_per_second": 2.03e6}}


HOSTILE = "<!--<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'&\u202e\u0000 {{data}} $& $1"


def hostile():
    """Every piece of free text, and every name, tries to be markup or is far too long."""
    report = realistic()
    report["title"] = report["base_currency"] = HOSTILE
    for row in report["components"] + report["exposures"] + report["sensitivities"]:
        row["name"] = HOSTILE + row["name"] * 20
    for book in report["books"]:
        name = book["name"]
        book["name"] = HOSTILE + name
        for holder in report["distributions"] + report["worst_scenarios"]:
            holder["books"][book["name"]] = holder["books"].pop(name)
        for position in book["top_positions"]:
            position.update(id=HOSTILE, product=HOSTILE, underlying="x" * 300)
    for scenario in report["worst_scenarios"]:
        for move in scenario["moves"]:
            move.update({"factor": HOSTILE, "class": HOSTILE})
    for row in report["rejected"] + report["warnings"]:
        row.update(file=HOSTILE, id="y" * 400, what=HOSTILE, why=HOSTILE, suggestion=HOSTILE)
    report["conventions"] = {HOSTILE: HOSTILE, "__proto__": HOSTILE}
    manifest = report["manifest"]
    manifest.update(command=HOSTILE * 5, device=HOSTILE, version=HOSTILE, timings={HOSTILE: 1.5, "__proto__": 0.5})
    manifest["inputs"] = [{"file": HOSTILE, "bytes": 1, "xxh3": "z" * 200}]
    return report


def empty():
    """No positions survived: every list is empty and nothing was measured."""
    report = realistic()
    for key, value in report.items():
        if isinstance(value, list):
            report[key] = []
    report.update(market_value=0, market_value_standard_error=0, positions=0, rejected_count=0, conventions={},
                  backtest=None, component_level=None, manifest={"inputs": [], "timings": {}})
    return report


def nulls():
    """Every number that is not a count or an identity is null."""
    def blank(node, key=None):
        if isinstance(node, dict):
            return {k: blank(v, k) for k, v in node.items()}
        if isinstance(node, list):
            return [blank(v, key) for v in node]
        identity = key in ("level", "component_level", "horizon_days", "rank", "exception")
        return None if isinstance(node, (int, float)) and not identity else node

    return blank(realistic())


def minimal():
    """Only the identity of the report: every optional field is missing."""
    return {"schema": "dojima.risk/1", "as_of": "2022-12-28", "base_currency": "USD", "market_value": 1000.0}


def single():
    """One scenario, one position, one book: everything degenerates to a point."""
    report = realistic()
    report["positions"] = 1
    report["books"] = report["books"][:1]
    book = report["books"][0]["name"]
    for d in report["distributions"]:
        d.update(dates=d["dates"][:1], pnl=[-12.34], books={book: [-12.34]})
    for m in report["measures"] + report["books"][0]["measures"]:
        m.update(var=12.34, es=12.34)
        m.update({key: [None, None] for key in ("var_ci", "es_ci") if key in m})
    report["worst_scenarios"] = report["worst_scenarios"][:1]
    report["worst_scenarios"][0].update(pnl=-12.34, books={book: -12.34}, moves=[])
    report["components"] = [dict(c, component_var=12.34) for c in report["components"][:1]]
    report["backtest"].update(days=1, exceptions=0, series=[{"date": "2022-12-28", "pnl": 1.0, "var": 12.34,
                                                           "exception": False}])
    return report


def crowded():
    """Thirty books and thousands of rejected rows."""
    report = realistic()
    model = report["books"][0]
    for i in range(25):
        name = f"Book {i:02d}"
        report["books"].append(dict(copy.deepcopy(model), name=name))
        for d in report["distributions"]:
            d["books"][name] = [0.1 * p for p in d["books"][BOOKS[0]]]
            d["pnl"] = [a + b for a, b in zip(d["pnl"], d["books"][name])]
        for s in report["worst_scenarios"]:
            s["books"][name] = 0.1 * s["books"][BOOKS[0]]
            s["pnl"] += s["books"][name]
    report["rejected"] = [dict(report["rejected"][i % 4], line=i + 2) for i in range(3000)]
    report["rejected_count"] = 3000
    return report


SAMPLES = {sample.__name__: sample for sample in (realistic, hostile, empty, nulls, minimal, single, crowded)}

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "realistic"
    with open(sys.argv[2], "w", encoding="utf-8") if len(sys.argv) > 2 else sys.stdout as out:
        json.dump(SAMPLES[name](), out)
