#!/usr/bin/env python3
"""The work of the array and mc suites in NumPy, in double, on the same machine: prints a JSON object of name -> median seconds.

    numpy_peers.py NAME ...      names as dojima_bench prints them; unknown ones are left out
"""

import json
import re
import sys
import time

import numpy as np


def median_seconds(work, repeats=5):
    work()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return sorted(seconds)[len(seconds) // 2]


def simulated(steps, paths, rng):
    """Mean payoff of an arithmetic Asian call, or with one step of a European one."""
    drift, deviation = (0.03 - 0.5 * 0.2**2) / steps, 0.2 / np.sqrt(steps)
    spot, total = np.full(paths, 100.0), np.zeros(paths)
    for _ in range(steps):
        spot *= np.exp(drift + deviation * rng.standard_normal(paths))
        total += spot
    return np.maximum(total / steps - 100.0, 0.0).mean()


def work_of(name, elements):
    """The work behind a name, on as many elements as the other side had."""
    rng = np.random.default_rng(1)
    if match := re.match(r"(sqrt\(sum\(x \* x, -1\)\)|sum\(x, 0\)) \((\d+),(\d+),(\d+)\)", name):
        x = np.ones([int(extent) for extent in match.groups()[1:]])
        return (lambda: np.sqrt(np.sum(x * x, -1))) if match[1].startswith("sqrt") else (lambda: np.sum(x, 0))
    if match := re.match(r"(arithmetic Asian 252|European 1 step) (double|single)", name):
        steps = 252 if "252" in name else 1
        chunk = min(elements // steps, 1 << 14)  # stays in the cache, where NumPy is fastest
        return lambda: [simulated(steps, chunk, rng) for _ in range(elements // steps // chunk)]
    if name in ("quantile 0.99", "sort", "cumsum"):
        x = rng.standard_normal(elements)
        return {"quantile 0.99": lambda: np.quantile(x, 0.99), "sort": lambda: np.sort(x), "cumsum": lambda: np.cumsum(x)}[name]
    if name == "normals":
        return lambda: rng.standard_normal(elements)
    x, y = rng.uniform(0.5, 1.5, elements), rng.uniform(0.5, 1.5, elements)
    return {
        "copy": lambda: np.copyto(y, x),
        "sum, fixed tree": lambda: np.sum(x),
        "ten operations": lambda: ((x * 2.0 + 1.0) * x - 0.5) / (x + 3.0) + np.sqrt(x) * (x - 1.0) + np.abs(x),
        "exp(x) * y": lambda: np.exp(x) * y,
    }.get(name)


def main():
    found = {}
    for argument in sys.argv[1:]:
        name, elements = argument.rsplit("=", 1)
        if work := work_of(name, int(elements)):
            found[name] = median_seconds(work)
    print(json.dumps(found))


main()
