#!/usr/bin/env python3
"""Write data/reference/elementary_functions.csv: the elementary functions in 200-bit arithmetic.

    python3 data/make_elementary.py [--out FILE] [--check]

One row is a function, its arguments, the double nearest to the exact value, and `rest`: what the exact value lies above that
double, in units of the double's last place (the smallest subnormal is the smallest unit). Arguments are special numbers, both
neighbours of the places where the functions change their formula, and random numbers uniform in value and in exponent.

Needs mpmath. Only random.Random.random() is drawn from, so every Python writes the same file.
"""
from __future__ import annotations

import argparse
import math
import random
import sys
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Tuple

import mpmath
from mpmath import mpf

HERE = Path(__file__).resolve().parent
INF, NAN = math.inf, math.nan
TINY, SMALLEST, LARGEST = 5e-324, sys.float_info.min, sys.float_info.max
SPECIAL = [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0, TINY, -TINY, SMALLEST, -SMALLEST, LARGEST, -LARGEST, 1e-300, -1e-300, 1e-17,
           -1e-17, 1e-9, -1e-9, 0.5, -0.5, 2.0, -2.0, 3.0, 10.0]

mpmath.mp.prec = 200
draw = random.Random(1967).random


def uniform(low: float, high: float, count: int) -> List[float]:
    return [low + (high - low) * draw() for _ in range(count)]


def spread(low: float, high: float, count: int, signs: Tuple[float, ...] = (1.0, -1.0)) -> List[float]:
    """Uniform in the exponent, between 2^low and 2^high."""
    values = []
    for _ in range(count):
        exponent = low + (high - low) * draw()
        whole = math.floor(exponent)
        values.append(signs[int(draw() * len(signs))] * math.ldexp(2.0 ** (exponent - whole), whole))
    return values


def around(*places: float) -> List[float]:
    return [x for place in places for x in (math.nextafter(place, -INF), place, math.nextafter(place, INF))]


def complementary(x: mpf) -> mpf | float:
    """erfc; mpmath's own ends far out."""
    return 0.0 if x > 1000 else 2.0 if x < -1000 else mpmath.erfc(x)


def inverse_normal(p: float) -> mpf:
    """By Newton steps on the logarithm of the smaller tail, from a crude start."""
    exact = mpf(p)
    if exact == mpf(0.5):
        return mpf(0)
    tail = min(exact, 1 - exact)
    if abs(exact - mpf(0.5)) < mpf(0.1):  # here the logarithm would lose digits
        x = (exact - mpf(0.5)) * mpmath.sqrt(2 * mpmath.pi)
        for _ in range(8):
            x -= (mpmath.erf(x / mpmath.sqrt(2)) / 2 - (exact - mpf(0.5))) * mpmath.sqrt(2 * mpmath.pi) * mpmath.exp(x * x / 2)
        return x
    x = mpmath.sqrt(-2 * mpmath.log(tail))
    for _ in range(12):
        upper = mpmath.erfc(x / mpmath.sqrt(2)) / 2
        density = mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)
        x += (mpmath.log(upper) - mpmath.log(tail)) * upper / density
    return x if exact > tail else -x


def power(x: float, y: float) -> mpf | float:
    """C99, annex F.9.4.4."""
    if x == 1 or y == 0:
        return 1.0
    if math.isnan(x) or math.isnan(y):
        return NAN
    odd = math.isfinite(y) and y == math.floor(y) and int(y) % 2 == 1
    sign = -1.0 if odd and math.copysign(1, x) < 0 else 1.0
    if math.isinf(y):
        return 1.0 if abs(x) == 1 else INF if (abs(x) > 1) == (y > 0) else 0.0
    if x == 0 or math.isinf(x):
        return sign * (0.0 if (x == 0) == (y > 0) else INF)
    if x < 0 and y != math.floor(y):
        return NAN
    return sign * mpmath.power(abs(mpf(x)), mpf(y))


def at_ends(low: float, high: float) -> Callable[[float], float]:
    return lambda x: low if x < 0 else high


# name -> (function of a finite number but 0, value at 0 (None: the argument), value at -inf and +inf)
FUNCTIONS: Dict[str, Tuple[Callable[[float], mpf | float], float | None, Callable[[float], float]]] = {
    "exp": (lambda x: mpmath.exp(mpf(x)), 1.0, at_ends(0.0, INF)),
    "expm1": (lambda x: mpmath.expm1(mpf(x)), None, at_ends(-1.0, INF)),
    "log": (lambda x: mpmath.log(mpf(x)) if x > 0 else NAN, -INF, at_ends(NAN, INF)),
    "log1p": (lambda x: mpmath.log1p(mpf(x)) if x > -1 else -INF if x == -1 else NAN, None, at_ends(NAN, INF)),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(mpf(x))), None, at_ends(-INF, INF)),
    "sin": (lambda x: mpmath.sin(mpf(x)), None, at_ends(NAN, NAN)),
    "cos": (lambda x: mpmath.cos(mpf(x)), 1.0, at_ends(NAN, NAN)),
    "tan": (lambda x: mpmath.tan(mpf(x)), None, at_ends(NAN, NAN)),
    "tanh": (lambda x: mpmath.tanh(mpf(x)), None, at_ends(-1.0, 1.0)),
    "erf": (lambda x: mpmath.erf(mpf(x)), None, at_ends(-1.0, 1.0)),
    "erfc": (lambda x: complementary(mpf(x)), 1.0, at_ends(2.0, 0.0)),
    "norm_cdf": (lambda x: complementary(-mpf(x) / mpmath.sqrt(2)) / 2, 0.5, at_ends(0.0, 1.0)),
    "inverse_norm_cdf": (lambda p: inverse_normal(p) if 0 < p < 1 else INF if p == 1 else NAN, -INF, at_ends(NAN, NAN)),
}

LN2, ROOT2, HALF_PI = math.log(2), math.sqrt(2), math.pi / 2
ANGLES = ([math.ldexp(6381956970095103.0, 797), 1e22, 1e300] + around(1048576.0, -1048576.0, 1647099.0)  # the worst case first
          + around(*[k * HALF_PI / 2 for k in (1, 2, 3, 4, 5, 6, 7, 8, 101, 333333, 1333332)])
          + [k * HALF_PI for k in (11, 22, 355, 710, 31362, 573204, 667545, 1e7, 12345678.0)])


# Where a search over millions of arguments found the largest errors.
HARD = {
    "exp": [214.55915009133594, 0.3776320063288263, -708.0088849029531],
    "expm1": [37.85172315708198, 1.7469910590722662, 1.7582915041786951],
    "log": [1.5887305375611489, 1.3984838351242266],
    "log1p": [0.41106735239033337, -0.29324351493172235, 1.6680286068726653],
    "cbrt": [],
    "sin": [2.3787078151343248, -5.716782000245359e81, 1093460.3531194665],
    "cos": [-2.320932288843918, 1416839874.6983807, -0.8160052894029866],
    "tan": [-3.9149671069448444, 5131755677714.24, 656056.418404979],
    "tanh": [0.22701247503140198, 0.2478836727996394],
    "erf": [0.5617059331803331, -0.6271992833227404],
    "erfc": [0.5025043453904441, 26.543707892902233],
    "norm_cdf": [-0.7190711683392381, -37.52109390144657],
    "inverse_norm_cdf": [0.45229641214585076, 1.2193164206342992e-192, 0.45062456236582793],
}
HARD_POWERS = [(1.4593818919316657, -1874.2606991319647), (3.4168369514302762e84, -3.6429185775772188)]


def arguments() -> Iterable[Tuple[str, List[float]]]:
    def angles() -> List[float]:
        return ANGLES + uniform(-4, 4, 120) + uniform(-1e6, 1e6, 60) + spread(-30, 1024, 90)

    steps = [(n + 0.5) * LN2 for n in (-1070, -1021, -512, -54, -2, -1, 0, 1, 53, 700, 1022)]
    yield "exp", (around(-745.1332191019412, -744.4400719213812, -708.3964185322641, 709.782712893384, -746.0, 710.0, *steps)
                  + uniform(-745.5, 710, 120) + uniform(-1, 1, 100) + uniform(-745, -708, 50) + spread(-1074, -1, 30))
    yield "expm1", (around(-37.5, -40.0, 709.782712893384, *steps[4:]) + uniform(-45, 45, 120) + uniform(-1, 1, 120)
                    + uniform(45, 710, 30) + spread(-1074, 2, 90))
    yield "log", (around(SMALLEST, 0.5, ROOT2 / 2, 1.0, ROOT2, 2 * ROOT2, 2.0 ** 1000, ROOT2 * 2.0 ** -1060)
                  + spread(-1074, 1024, 120, (1.0,)) + uniform(0.5, 2, 120) + [1 + x for x in spread(-52, -3, 90)])
    yield "log1p", (around(-1.0, -0.5, -0.29, 0.41, ROOT2 - 1, ROOT2 / 2 - 1, 1.0, 2.0 ** 53, 2.0 ** 60) + uniform(-1, 3, 150)
                    + spread(-1074, -1, 60) + spread(-54, 1, 90, (1.0,)) + spread(1, 1024, 40, (1.0,)))
    yield "cbrt", (around(8.0, 27.0, -64.0, 0.125, ROOT2, ROOT2 / 2, SMALLEST, 2 * ROOT2) + spread(-1074, 1024, 130)
                   + uniform(0.5, 8, 150))
    yield "sin", angles()
    yield "cos", angles()
    yield "tan", angles()
    yield "tanh", (around(0.17, 0.52, 19.0, 22.0, 20.0) + uniform(-3, 3, 150) + uniform(-22, 22, 60) + spread(-1074, 4, 90))
    yield "erf", (around(0.5, -0.5, 5.9, 1e-10, 28.0) + uniform(-1, 1, 130) + uniform(-6, 6, 130) + spread(-1074, 3, 80))
    yield "erfc", (around(0.5, -0.5, 26.543258, 27.2263, 28.0, -5.9) + uniform(-1, 1, 90) + uniform(-6, 6, 90)
                   + uniform(0.5, 26.5, 90) + uniform(26.5, 27.3, 60) + spread(-60, 0, 20))
    yield "norm_cdf", (around(0.7, -0.7, -37.519, -38.46, 8.3, 40.0) + uniform(-1, 1, 90) + uniform(-8, 8, 90)
                       + uniform(-37.5, -0.7, 90) + uniform(-38.5, -37.5, 60) + spread(-60, 0, 20))
    yield "inverse_norm_cdf", (around(0.075, 0.925, 0.425, 1.0, 1.3887943864964021e-11) + uniform(0, 1, 120)
                               + uniform(0, 0.08, 50) + spread(-1074, -1, 100, (1.0,)) + [1 - x for x in spread(-53, -1, 60, (1.0,))]
                               + [0.5 + x for x in spread(-54, -2, 60)])


def powers() -> Iterable[Tuple[float, float]]:
    short = [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0, 0.5, -2.0, 3.0, -3.0, 2.5, 1e300, -1e-300, 9007199254740993.0]
    yield from ((x, y) for x in short for y in short)
    yield from HARD_POWERS
    yield from zip(uniform(0, 4, 100), uniform(-20, 20, 100))
    yield from ((x, float(round(y))) for x, y in zip(uniform(-4, 4, 60), uniform(-100, 100, 60)))
    for x in spread(-1074, 1024, 100, (1.0,)) + [1 + x for x in spread(-50, -3, 100)]:
        for low, high in ((-745.2, -707.0), (-708.0, 710.0)):
            y = (low + (high - low) * draw()) / math.log(x)
            if math.isfinite(y):
                yield x, y


def nearest(exact: mpf | float) -> Tuple[float, float]:
    """The double nearest to a number, and the rest in units of its last place."""
    if isinstance(exact, float):
        return exact, 0.0
    if exact == 0:
        return 0.0, 0.0
    unit = mpmath.ldexp(1, max(mpmath.frexp(exact)[1] - 53, -1074))
    steps = mpmath.nint(exact / unit)
    value = steps * unit
    if abs(value) > LARGEST:
        return math.copysign(INF, exact), 0.0
    if value == 0:
        value_as_double = math.copysign(0.0, exact)
    else:
        value_as_double = math.ldexp(int(steps), int(mpmath.frexp(unit)[1]) - 1)
    return value_as_double, float((exact - value) / unit)


def evaluate(name: str, x: float) -> mpf | float:
    function, at_zero, at_infinity = FUNCTIONS[name]
    if math.isnan(x):
        return NAN
    if math.isinf(x):
        return at_infinity(x)
    if x == 0:
        return x if at_zero is None else at_zero
    return function(x)


def table() -> str:
    lines = ["function,x,y,expected,rest"]

    def add(name: str, x: float, y: str, exact: mpf | float) -> None:
        value, rest = nearest(exact)
        lines.append(f"{name},{x!r},{y},{value!r},{rest:.3f}")

    for name, values in arguments():
        for x in SPECIAL + HARD[name] + values:
            add(name, x, "", evaluate(name, x))
    for x, y in powers():
        add("pow", x, repr(y), power(x, y))
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "reference" / "elementary_functions.csv")
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    arguments_given = parser.parse_args()
    text = table()
    if arguments_given.check:
        same = arguments_given.out.read_text() == text
        print(f"{arguments_given.out}: {'as generated' if same else 'differs'}")
        return 0 if same else 1
    arguments_given.out.write_text(text)
    print(f"{arguments_given.out}: {text.count(chr(10)) - 1} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
