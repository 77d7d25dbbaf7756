#!/usr/bin/env python3
"""Write data/portfolio.csv: an invented but desk-like book on the underlyings of a market directory.

    python3 data/make_portfolio.py [--seed 2022] [--positions 2000] [--market DIR] [--out FILE]

Six books: delta_one (stocks and the index), equity_derivatives (stock options), index_hedging (index
options), exotics (equity digitals, barriers, Asians), fx_forwards and fx_options. Strikes lie on listed
steps around spot, expiries on third Fridays and month ends, quantities in round lots. After all options
are drawn, one stock position per name and one forward per pair are set against half of their delta.

Needs nothing but the standard library. Only random.Random.random() is drawn from, whose sequence Python
guarantees for a seed, so a seed gives the same file on every Python from 3.9 on.
"""
from __future__ import annotations

import argparse
import csv
import math
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Dict, List, NamedTuple, NoReturn, Sequence, Tuple, TypeVar

T = TypeVar("T")
Position = Dict[str, str]

HERE = Path(__file__).resolve().parent
COLUMNS = ["id", "book", "product", "underlying", "quantity", "currency", "option_type", "strike", "expiry",
           "digital_type", "payout", "barrier_type", "barrier", "rebate", "fixings"]
# Share of each kind in 2,000 positions.
MIX = {"stock": 250, "fx_forward": 250, "index_european": 300, "stock_european": 200, "american": 350,
       "digital": 150, "barrier": 200, "asian": 80, "fx_european": 140, "fx_digital": 30, "fx_barrier": 50}
BOOK = {"stock": "delta_one", "fx_forward": "fx_forwards", "index_european": "index_hedging",
        "stock_european": "equity_derivatives", "american": "equity_derivatives", "digital": "exotics",
        "barrier": "exotics", "asian": "exotics", "fx_european": "fx_options", "fx_digital": "fx_options",
        "fx_barrier": "fx_options"}
PREFIX = {"delta_one": "DL", "fx_forwards": "FF", "index_hedging": "IX", "equity_derivatives": "ED",
          "exotics": "EX", "fx_options": "FO"}
INDEX = "SPX"
# Barrier types that make sense for each option type, as (type, weight).
BARRIERS = {"call": [("down_and_out", 3), ("up_and_out", 3), ("up_and_in", 2), ("down_and_in", 1)],
            "put": [("down_and_in", 4), ("up_and_out", 2), ("down_and_out", 2), ("up_and_in", 1)]}
MARKET_HOLIDAYS = {date(2024, 3, 29), date(2025, 4, 18)}  # Good Fridays that would be an expiry
HEDGED = 0.5  # share of each name's net delta that the hedging position takes away


class Underlying(NamedTuple):
    """What the generator needs to know of one underlying."""
    name: str
    kind: str      # equity | fx
    currency: str
    spot: float
    usd: float     # US dollars for one unit of the quote currency
    vol: float     # rough volatility, for deltas only
    rate: float
    carry: float   # dividend yield or rate of the first currency


def fail(message: str) -> NoReturn:
    """Stop the run."""
    sys.exit(f"make_portfolio: {message}")


def read(path: Path) -> List[Dict[str, str]]:
    """Rows of a CSV file."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- market ------------------------------------------------------------------------------------------

class Market:
    """Spots, rough volatilities and past closes of a market directory."""

    def __init__(self, folder: Path) -> None:
        self.closes = read(folder / "prices.csv")
        self.fixes = read(folder / "fx.csv")
        for name, rows in (("prices.csv", self.closes), ("fx.csv", self.fixes)):
            days = [r["date"] for r in rows]
            if any(a >= b for a, b in zip(days, days[1:])):
                fail(f"{name}: dates do not increase")
        if self.closes[-1]["date"] != self.fixes[-1]["date"]:
            fail("prices.csv and fx.csv end on different days")
        self.as_of = date.fromisoformat(self.closes[-1]["date"])
        rates = {r["currency"]: float(r["rate"]) for r in read(folder / "curves.csv")
                 if r["tenor"] == "1Y"}
        vols = read(folder / "volatilities.csv")
        self.history: Dict[str, str] = {}
        self.names: Dict[str, Underlying] = {}
        for row in read(folder / "underlyings.csv"):
            name, currency, fx = row["underlying"], row["currency"], row["asset_class"] == "fx"
            self.history[name] = row["history"]
            spot = self.pair(self.fixes[-1], name) if fx else float(self.closes[-1][row["history"]])
            mine = [v for v in vols if v["underlying"] == name and v["expiry"] in ("", "6M")]
            if not mine:
                fail(f"no volatility of {name}")
            near = min(mine, key=lambda v: abs(float(v["strike"] or spot) - spot))
            self.names[name] = Underlying(
                name, "fx" if fx else "equity", currency, spot, self.pair(self.fixes[-1], currency + "USD"),
                float(near["volatility"]), rates[currency],
                rates[name[:3]] if fx else float(row["dividend_yield"]))

    @staticmethod
    def pair(fix: Dict[str, str], name: str) -> float:
        """Rate of a pair from one day's euro rates."""
        per_euro = {"EUR": 1.0, **{k: float(v) for k, v in fix.items() if k != "date"}}
        return per_euro[name[3:]] / per_euro[name[:3]]

    def past_month_ends(self, name: str, count: int) -> List[Tuple[str, str]]:
        """(date, close) of the last trading day of the `count` months before the valuation month."""
        last: Dict[str, Tuple[str, str]] = {}
        for row in self.closes:
            last[row["date"][:7]] = (row["date"], row[self.history[name]])
        months = sorted(m for m in last if m < self.as_of.isoformat()[:7])
        return [last[m] for m in months[-count:]]


# --- dates -------------------------------------------------------------------------------------------

def months_from(start: date, count: int) -> List[date]:
    """First days of `count` months, beginning with the month of `start`."""
    return [date(start.year + (start.month - 1 + i) // 12, (start.month - 1 + i) % 12 + 1, 1)
            for i in range(count)]


def business_day_before(day: date) -> date:
    """`day`, moved back over weekends and exchange holidays."""
    while day.weekday() >= 5 or day in MARKET_HOLIDAYS:
        day -= timedelta(days=1)
    return day


def month_ends(as_of: date, count: int) -> List[date]:
    """The next `count` month ends that are business days."""
    ends = [business_day_before(m - timedelta(days=1)) for m in months_from(as_of, count + 2)]
    return [d for d in ends if d > as_of][:count]


def third_fridays(as_of: date) -> List[date]:
    """Listed expiries: monthly for a year, then each quarter to two and a half years."""
    found = []
    for i, first in enumerate(months_from(as_of, 32)):
        friday = business_day_before(first + timedelta(days=(4 - first.weekday()) % 7 + 14))
        if friday > as_of and (i <= 12 or first.month % 3 == 0) and (friday - as_of).days <= 915:
            found.append(friday)
    return found


# --- draws -------------------------------------------------------------------------------------------

class Draw:
    """Draws built on random() alone."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def integer(self, low: int, high: int) -> int:
        return low + int((high - low + 1) * self.random())

    def choice(self, items: Sequence[T]) -> T:
        return items[int(len(items) * self.random())]

    def early(self, items: Sequence[T]) -> T:
        """One of `items`, the first ones more often."""
        return items[int(len(items) * self.random() ** 1.6)]

    def weighted(self, items: Sequence[Tuple[T, float]]) -> T:
        mark = self.random() * sum(w for _, w in items)
        for item, weight in items:
            mark -= weight
            if mark < 0.0:
                return item
        return items[-1][0]

    def bell(self) -> float:
        """Roughly normal, within +-1.5."""
        return self.random() + self.random() + self.random() - 1.5

    def sign(self, long: float = 0.5) -> int:
        return 1 if self.random() < long else -1


# --- prices of convenience ---------------------------------------------------------------------------

def normal(x: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def rough_delta(u: Underlying, option_type: str, strike: float, t: float) -> float:
    """Black-Scholes spot delta at one rough volatility."""
    s = u.vol * math.sqrt(t)
    d1 = (math.log(u.spot / strike) + (u.rate - u.carry) * t) / s + 0.5 * s
    return math.exp(-u.carry * t) * (normal(d1) - (option_type == "put"))


def rough_digital_delta(u: Underlying, p: Position, t: float) -> float:
    """Delta of a digital by bumping the Black-Scholes formula's spot."""
    def value(spot: float) -> float:
        s = u.vol * math.sqrt(t)
        d1 = (math.log(spot / float(p["strike"])) + (u.rate - u.carry) * t) / s + 0.5 * s
        sign = 1.0 if p["option_type"] == "call" else -1.0
        if p["digital_type"] == "cash":
            return float(p["payout"]) * math.exp(-u.rate * t) * normal(sign * (d1 - s))
        return spot * math.exp(-u.carry * t) * normal(sign * d1)
    return (value(u.spot * 1.001) - value(u.spot * 0.999)) / (0.002 * u.spot)


# --- positions ---------------------------------------------------------------------------------------

def step(u: Underlying) -> float:
    """Distance of listed strikes."""
    if u.kind == "fx":
        return 0.5 if u.spot > 20 else 0.005
    if u.name == INDEX:
        return 25.0
    return 0.5 if u.spot < 25 else 1.0 if u.spot < 75 else 2.5 if u.spot < 150 else 5.0 if u.spot < 400 else 10.0


def lot(u: Underlying) -> float:
    """Smallest size dealt: half a million of currency, ten indices, a hundred shares."""
    return 500_000.0 if u.kind == "fx" else 10.0 if u.name == INDEX else 100.0


def on_step(u: Underlying, level: float) -> float:
    """`level` on the nearest listed strike."""
    return round(round(level / step(u)) * step(u), 6)


def text(value: float) -> str:
    """Shortest plain decimal."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


class Desk:
    """Draws positions and keeps the delta of each underlying."""

    def __init__(self, market: Market, seed: int) -> None:
        self.market = market
        self.draw = Draw(seed)
        self.rows: List[Position] = []
        self.delta = {name: 0.0 for name in market.names}
        self.stocks = [u for u in market.names.values() if u.kind == "equity" and u.name != INDEX]
        self.pairs = [u for u in market.names.values() if u.kind == "fx"]
        self.index = market.names[INDEX]
        self.listed = third_fridays(market.as_of)
        self.fixings = month_ends(market.as_of, 24)
        self.otc = self.fixings[1:]  # no option on its last days

    def years(self, expiry: date) -> float:
        return (expiry - self.market.as_of).days / 365.0

    def add(self, kind: str, u: Underlying, quantity: float, delta: float, **fields: str) -> None:
        """Append a position of `quantity` units with `delta` per unit."""
        if quantity == 0:
            fail(f"empty {kind} position in {u.name}")
        self.delta[u.name] += quantity * delta
        product = kind.split("_")[-1] if kind != "fx_forward" else kind
        self.rows.append({"book": BOOK[kind], "product": product, "underlying": u.name,
                          "quantity": text(quantity), "currency": u.currency, **fields})

    def lots(self, u: Underlying, notional: float) -> float:
        """Units worth about `notional` US dollars, in whole lots, large ones in tens of lots."""
        units = max(1.0, round(notional / (u.spot * u.usd) / lot(u))) * lot(u)
        return round(units / (10 * lot(u))) * 10 * lot(u) if units > 50 * lot(u) else units

    def size(self, middle: float) -> float:
        """A notional around `middle` US dollars, skewed to the right."""
        return middle * math.exp(0.8 * self.draw.bell())

    def strike(self, u: Underlying, expiry: date, option_type: str) -> float:
        """A listed strike: mostly out of the money, wider for long expiries, within 70-130 % of spot."""
        width = 0.5 * u.vol * math.sqrt(self.years(expiry)) + (0.01 if u.kind == "fx" else 0.03)
        lean = (0.3 if option_type == "call" else -0.3) * width
        moneyness = min(1.3, max(0.7, 1.0 + lean + 1.4 * width * self.draw.bell()))
        return on_step(u, u.spot * moneyness)

    def vanilla_terms(self, u: Underlying, expiries: Sequence[date]) -> Tuple[date, str, float]:
        expiry = self.draw.early(expiries)
        option_type = self.draw.choice(["call", "put"])
        return expiry, option_type, self.strike(u, expiry, option_type)

    def vanilla(self, kind: str, u: Underlying, middle: float, expiries: Sequence[date], long: float) -> None:
        expiry, option_type, strike = self.vanilla_terms(u, expiries)
        self.add(kind, u, self.draw.sign(long) * self.lots(u, self.size(middle)),
                 rough_delta(u, option_type, strike, self.years(expiry)),
                 option_type=option_type, strike=text(strike), expiry=expiry.isoformat())

    def index_european(self) -> None:
        self.vanilla("index_european", self.index, 6e6, self.listed, 0.5)

    def stock_european(self) -> None:
        self.vanilla("stock_european", self.draw.choice(self.stocks), 2.5e6, self.otc, 0.5)

    def american(self) -> None:
        u = self.index if self.draw.random() < 0.1 else self.draw.choice(self.stocks)
        self.vanilla("american", u, 2.5e6, self.listed, 0.5)

    def fx_european(self) -> None:
        self.vanilla("fx_european", self.draw.choice(self.pairs), 8e6, self.otc, 0.5)

    def one_digital(self, kind: str, u: Underlying, middle: float) -> None:
        expiry, option_type, strike = self.vanilla_terms(u, self.otc)
        fields = {"option_type": option_type, "strike": text(strike), "expiry": expiry.isoformat(),
                  "digital_type": "cash" if self.draw.random() < 0.7 else "asset"}
        if fields["digital_type"] == "cash":
            fields["payout"] = text(float(f"{0.1 * u.spot:.1g}"))
            middle *= 3.0
        self.add(kind, u, self.draw.sign() * self.lots(u, self.size(middle)),
                 rough_digital_delta(u, fields, self.years(expiry)), **fields)

    def digital(self) -> None:
        self.one_digital("digital", self.index if self.draw.random() < 0.3 else self.draw.choice(self.stocks), 5e5)

    def fx_digital(self) -> None:
        self.one_digital("fx_digital", self.draw.choice(self.pairs), 2e6)

    def one_barrier(self, kind: str, u: Underlying, middle: float) -> None:
        expiry, option_type, strike = self.vanilla_terms(u, self.otc)
        barrier_type = self.draw.weighted(BARRIERS[option_type])
        up = barrier_type.startswith("up")
        reach = self.draw.uniform(0.6, 1.6) * u.vol * math.sqrt(max(self.years(expiry), 0.25))
        if (barrier_type, option_type) in (("up_and_in", "put"), ("down_and_in", "call")):
            reach *= 0.5  # the barrier lies where the option is far out of the money
        reach = min(0.4, max(reach, 0.03 if u.kind == "fx" else 0.06))
        barrier = on_step(u, u.spot * (1 + reach if up else 1 - reach))
        # An option that ends worthless at the barrier must have room to pay before it.
        if (barrier_type, option_type) in (("up_and_out", "call"), ("down_and_out", "put")):
            if (strike - u.spot) / (barrier - u.spot) > 0.4:
                strike = on_step(u, u.spot)
        fields = {"option_type": option_type, "strike": text(strike), "expiry": expiry.isoformat(),
                  "barrier_type": barrier_type, "barrier": text(barrier)}
        if self.draw.random() < 0.2:
            fields["rebate"] = text(float(f"{self.draw.uniform(0.005, 0.02) * u.spot:.1g}"))
        # Half of the vanilla's delta: enough for a rough hedge.
        self.add(kind, u, self.draw.sign() * self.lots(u, self.size(middle)),
                 0.5 * rough_delta(u, option_type, strike, self.years(expiry)), **fields)

    def barrier(self) -> None:
        self.one_barrier("barrier", self.index if self.draw.random() < 0.35 else self.draw.choice(self.stocks), 2e6)

    def fx_barrier(self) -> None:
        self.one_barrier("fx_barrier", self.draw.choice(self.pairs), 5e6)

    def asian(self) -> None:
        """Monthly averages of 4 to 12 remaining fixings; a third have begun and carry their past closes."""
        u = self.index if self.draw.random() < 0.3 else self.draw.choice(self.stocks)
        first = 0 if self.draw.random() < 0.6 else self.draw.integer(1, 6)
        past: List[Tuple[str, str]] = []
        if self.draw.random() < 1 / 3:
            first, past = 0, self.market.past_month_ends(u.name, self.draw.integer(1, 8))
        days = self.fixings[first:first + self.draw.integer(4, 12)]
        expiry, option_type = days[-1], self.draw.choice(["call", "put"])
        strike = self.strike(u, days[len(days) // 2], option_type)
        share = len(days) / (len(days) + len(past))
        self.add("asian", u, self.draw.sign() * self.lots(u, self.size(2.5e6)),
                 share * rough_delta(u, option_type, strike, 0.4 * self.years(expiry)),
                 option_type=option_type, strike=text(strike), expiry=expiry.isoformat(),
                 fixings=";".join([f"{d}={v}" for d, v in past] + [d.isoformat() for d in days]))

    def stock(self) -> None:
        u = self.index if self.draw.random() < 0.08 else self.draw.choice(self.stocks)
        self.add("stock", u, self.draw.sign(0.65) * self.lots(u, self.size(2e6)), 1.0)

    def forward(self, u: Underlying, quantity: float) -> None:
        """A forward dealt on one of the last 60 fixing days at that day's rate."""
        rate = self.market.pair(self.draw.choice(self.market.fixes[-60:]), u.name)
        self.add("fx_forward", u, quantity, 1.0, strike=f"{rate:.{2 if u.spot > 20 else 4}f}",
                 expiry=self.draw.early(self.fixings).isoformat())

    def fx_forward(self) -> None:
        u = self.draw.choice(self.pairs)
        self.forward(u, self.draw.sign() * self.lots(u, self.size(5e6)))

    def hedge(self, u: Underlying) -> None:
        """One position in the underlying against half of its net delta."""
        quantity = -round(HEDGED * self.delta[u.name] / lot(u)) * lot(u) or lot(u)
        if u.kind == "fx":
            self.forward(u, quantity)
        else:
            self.add("stock", u, quantity, 1.0)

    def fill(self, positions: int) -> None:
        """Draw `positions` positions in the proportions of MIX, hedges included."""
        total = sum(MIX.values())
        counts = {kind: share * positions // total for kind, share in MIX.items()}
        for kind in list(MIX)[:positions - sum(counts.values())]:
            counts[kind] += 1
        hedges = {"stock": [self.index, *self.stocks], "fx_forward": self.pairs}
        for kind, names in hedges.items():
            counts[kind] = max(0, counts[kind] - len(names))
        for kind, count in counts.items():
            for _ in range(count):
                getattr(self, kind)()
        # The largest exposures first, as far as there is room.
        wanted = sorted((u for names in hedges.values() for u in names),
                        key=lambda u: -abs(self.delta[u.name] * u.spot * u.usd))
        for u in wanted[:positions - len(self.rows)]:
            self.hedge(u)
        while len(self.rows) < positions:
            self.stock()


def check(rows: Sequence[Position], market: Market) -> None:
    """What a reader of the file relies on."""
    for row in rows:
        u, what = market.names[row["underlying"]], f"{row['id']} ({row['product']} {row['underlying']})"
        if float(row["quantity"]) == 0.0 or row["currency"] != u.currency:
            fail(f"{what}: bad quantity or currency")
        if row["product"] != "stock":
            if date.fromisoformat(row["expiry"]) <= market.as_of:
                fail(f"{what}: expired")
            if not 0.68 < float(row["strike"]) / u.spot < 1.32:
                fail(f"{what}: strike far from spot")
        if row["product"] == "barrier":
            above = float(row["barrier"]) > u.spot
            if above != row["barrier_type"].startswith("up"):
                fail(f"{what}: barrier already breached")
        if row["product"] == "asian":
            days = [f.split("=")[0] for f in row["fixings"].split(";")]
            if days != sorted(set(days)) or days[-1] > row["expiry"]:
                fail(f"{what}: fixings out of order")
            if any(("=" in f) != (f[:10] <= market.as_of.isoformat()) for f in row["fixings"].split(";")):
                fail(f"{what}: a past fixing needs a value and a future one must have none")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=2022)
    parser.add_argument("--positions", type=int, default=2000)
    parser.add_argument("--market", type=Path, default=HERE / "market")
    parser.add_argument("--out", type=Path, default=HERE / "portfolio.csv")
    args = parser.parse_args()

    market = Market(args.market)
    desk = Desk(market, args.seed)
    desk.fill(args.positions)
    rows = sorted(desk.rows, key=lambda r: list(PREFIX).index(r["book"]))  # stable: keeps the order drawn
    seen: Dict[str, int] = {}
    for row in rows:
        seen[row["book"]] = seen.get(row["book"], 0) + 1
        row["id"] = f"{PREFIX[row['book']]}{seen[row['book']]:05d}"
    check(rows, market)
    with open(args.out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{args.out}: {len(rows)} positions; " + ", ".join(f"{b} {n}" for b, n in seen.items()))


if __name__ == "__main__":
    main()
