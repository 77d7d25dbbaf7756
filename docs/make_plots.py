#!/usr/bin/env python3
"""The plots of docs/models.md from the points that `dojima_bench --suite convergence --csv POINTS.csv` writes.

    make_plots.py POINTS.csv [DIRECTORY]      needs matplotlib; the directory is docs/images unless given
"""

import csv
import math
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "dojima", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
import matplotlib.pyplot as plt  # noqa: E402

MARKERS = "osD^vP*"


def read(path):
    """study -> series -> list of (x, error, standard error)"""
    studies = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            point = tuple(float(row[k]) for k in ("x", "error", "standard_error"))
            studies.setdefault(row["study"], {}).setdefault(row["series"], []).append(point)
    return studies


def slope(points):
    """Least squares of ln |error| on ln x."""
    x = [math.log(p[0]) for p in points]
    y = [math.log(abs(p[1])) for p in points]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


def finish(figure, axes, series, title, across, up, target):
    errors = [abs(p[1]) for points in series.values() for p in points]
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_title(title)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_ylim(0.5 * min(errors), 2 * max(errors))
    axes.legend(ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.13), frameon=False)
    figure.tight_layout()
    figure.savefig(target, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")), bbox_inches="tight")
    plt.close(figure)
    print(target)


def by_paths(series, target):
    """A colour for each payoff; Philox dashed."""
    figure, axes = plt.subplots(figsize=(7, 5.2))
    payoffs = list(dict.fromkeys(name.rpartition(", ")[0] for name in series))
    for name, points in series.items():
        payoff, _, source = name.rpartition(", ")
        at = payoffs.index(payoff)
        label = f"{name}: slope {slope(points):.2f}"
        print(label, f"last error {points[-1][1]:.3g}")
        x, y, error = zip(*points)
        axes.errorbar(x, y, [2 * e for e in error], marker=MARKERS[at], markersize=4, linewidth=1, capsize=2, color=f"C{at}",
                      linestyle="--" if source == "Philox" else "-", label=label)
    finish(figure, axes, series, "Error and number of paths", "paths", "standard error / value", target)


def by_steps(series, title, target):
    figure, axes = plt.subplots(figsize=(7, 4.6))
    for i, (name, points) in enumerate(series.items()):
        color, marker = f"C{i}", MARKERS[i]
        clear = [p for p in points if abs(p[1]) > 4 * p[2]]
        label = name
        if len(clear) >= 4 and len({p[1] > 0 for p in clear}) == 1:
            label += f": slope {slope(clear):.2f}"
        print(label)
        for x, y, error in points:
            axes.errorbar(x, abs(y), [[min(2 * error, 0.999 * abs(y))], [2 * error]], marker=marker, markersize=4, linewidth=1,
                          capsize=2, color=color, markerfacecolor=color if y > 0 else "white")
        axes.plot([p[0] for p in points], [abs(p[1]) for p in points], color=color, linewidth=1)
        axes.plot([], [], color=color, marker=marker, markersize=4, linewidth=1, label=label)
    finish(figure, axes, series, title, "step, years", "|bias| / spot (empty: below 0)", target)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    images = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).parent / "images"
    studies = read(sys.argv[1])
    by_paths(studies["paths"], images / "convergence_paths.svg")
    by_steps(studies["heston"], "Heston, ten years, variance often near 0: puts against the closed form",
             images / "convergence_heston.svg")
    by_steps(studies["steps"], "Puts against the finest step or the closed form", images / "convergence_steps.svg")


if __name__ == "__main__":
    main()
