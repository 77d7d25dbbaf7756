#!/usr/bin/env python3
"""Builds report.html from the assets and a report.json, as the program does: `render.py REPORT_JSON REPORT_HTML`."""

import pathlib
import re
import sys

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "src" / "report" / "assets"
CHART_JS = pathlib.Path("/usr/share/javascript/chart.js/chart.min.js")


def render(report_json, kind="report", title="Risk report"):
    read = lambda name: (ASSETS / name).read_text(encoding="utf-8")
    parts = {"{{title}}": title,
             "/*{{style}}*/": read("page.css"),
             "{{body}}": read(f"{kind}.html"),
             "{{data}}": report_json.replace("<", "\\u003c"),
             "/*{{chartjs}}*/": CHART_JS.read_text(encoding="utf-8"),
             "/*{{shared}}*/": read("page.js"),
             "/*{{script}}*/": read(f"{kind}.js")}
    return re.sub("|".join(map(re.escape, parts)), lambda match: parts[match.group()], read("page.html"))


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:3])
    target.write_text(render(source.read_text(encoding="utf-8")), encoding="utf-8")
