#!/usr/bin/env python3
"""Writes data/reference/array_quantile.csv: NumPy's quantiles and histograms for tests/array/order_test.cpp.

    python3 tests/array/make_order.py data/reference/array_quantile.csv      (NumPy 2)

Inputs are not stored: element i of the array with seed s is ((7919 i + 104729 s + 12345) mod 2003 - 1001) / 127 in double; of
integers, the numerator modulo 10. Results are hexadecimal and compared bit for bit.
"""

import csv
import sys

import numpy as np

METHODS = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
           "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"]
LEVELS = [0.0, 0.01, 0.1, 0.25, 1 / 3, 0.5, 0.6, 0.75, 0.875, 0.95, 0.99, 1.0]


def values(count, seed, kind):
    numerator = (7919 * np.arange(count, dtype=np.int64) + 104729 * seed + 12345) % 2003 - 1001
    return numerator % 10 if kind == "int64" else numerator / 127.0


def text(numbers):
    return ";".join(float(x).hex() for x in numbers)


def rows():
    for count, seed in [(1, 1), (2, 2), (3, 3), (4, 4), (7, 5), (10, 6), (100, 7), (2048, 8), (2049, 9), (5000, 10), (70001, 11)]:
        for kind in ["float64", "int64"] if count in (7, 5000) else ["float64"]:
            x = values(count, seed, kind)
            for method in METHODS:
                yield "quantile", method, kind, count, seed, text(LEVELS), text(np.quantile(x, LEVELS, method=method))
            yield "median", "", kind, count, seed, "", text([np.median(x)])
    for count, seed, bins, span in [(10, 1, 4, None), (1000, 2, 10, None), (70001, 3, 37, (-3.0, 5.5)), (500, 4, 7, (0.1, 0.7)),
                                    (1, 5, 3, None), (300, 6, 500, None)]:
        counts, edges = np.histogram(values(count, seed, "float64"), bins, span)
        yield "histogram", "", "float64", count, seed, text([bins, *(span or [])]), text([*counts, *edges])


with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["id", "function", "method", "type", "count", "seed", "arguments", "expected"])
    for number, row in enumerate(rows()):
        out.writerow([f"{row[0]}_{number}", *row])
