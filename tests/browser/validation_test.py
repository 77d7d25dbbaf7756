#!/usr/bin/env python3
"""Opens a validation report in headless Chromium and checks it against its JSON, and junit.xml beside it.

    validation_test.py DIRECTORY [--screenshot FILE.png]

Then the same page with what real runs rarely give: hostile text, nothing compared, thousands of items. Exit codes as
report_test.py.
"""

import argparse
import copy
import json
import pathlib
import sys
import tempfile
import xml.etree.ElementTree as xml

import render
import report_test as rt

ITEMS = "return [...document.querySelectorAll('#items details.item')].length;"
OPEN_FIRST = "document.querySelector('#items details.item').open = true;"
TABLE_ROWS = "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].length;"
FILTERED = "return Number(document.querySelector('#items [data-count]')?.dataset.count ?? 0);"
HOSTILE = "</script><img src=x onerror='window.hacked=1'>\u202eevil"


def check_junit(tally, file, report):
    root = xml.parse(file).getroot()
    tally.check(root.tag == "testsuites", "junit: root")
    cases = {"failure": 0, "skipped": 0, "passed": 0}
    for suite in root:
        tally.check(suite.tag == "testsuite" and suite.get("name"), "junit: a suite has a name")
        children = list(suite)
        failures = sum(case.find("failure") is not None for case in children)
        skipped = sum(case.find("skipped") is not None for case in children)
        tally.check((int(suite.get("tests")), int(suite.get("failures")), int(suite.get("skipped")), suite.get("errors"))
                    == (len(children), failures, skipped, "0"), f"junit: counts of {suite.get('name')}")
        for case in children:
            tally.check(case.tag == "testcase" and case.get("name") and case.get("classname") == suite.get("name")
                        and float(case.get("time")) >= 0, "junit: a case has name, class name and time")
            tally.check(all(child.get("message") for child in case), f"junit: {case.get('name')} says why")
        cases["failure"] += failures
        cases["skipped"] += skipped
        cases["passed"] += len(children) - failures - skipped
    counts, law = report["counts"], report["law"]["verdict"]
    tally.check(cases == {"failure": counts["failed"] + (law == "failed"), "passed": counts["passed"] + (law == "passed"),
                          "skipped": counts["skipped"] + counts["listed"] + (law == "skipped")}, f"junit: {cases}")


def check_law(tally, charts, report):
    z = report["law"]["z"]
    if not z or report["law"]["verdict"] == "skipped":
        tally.check("histogram" not in charts, "z-scores: drawn without data")
        return
    expected, drawn = charts["histogram"]["sets"]
    tally.check(sum(point["y"] for point in drawn["data"]) == len(z), "z-scores: every one is in a bar")
    width = drawn["data"][1]["x"] - drawn["data"][0]["x"]
    peak = max(point["y"] for point in expected["data"])
    tally.check(abs(peak / (len(z) * width * 0.39894228) - 1) < 1e-3, "z-scores: height of the normal density")
    points = charts["quantiles"]["sets"][0]["data"]
    tally.check([p["y"] for p in points] == sorted(z), "quantiles: every z-score")
    tally.check(abs(points[len(points) // 2]["x"]) < 0.05, "quantiles: the middle one is near 0")


def check_convergence(tally, browser, report):
    curves = report["convergence"]
    ids = rt.options(curves, "id")
    for i, name in enumerate(ids):
        rt.choose(tally, browser, "convergence-trade", i, len(ids))
        sets = browser.execute_script(rt.CHART_DATA)["convergence"]["sets"]
        wanted = [[(p["paths"], p["error"]) for p in c["points"]] for c in curves if c["id"] == name]
        tally.check([[(p["x"], p["y"]) for p in s["data"]] for s in sets[:len(wanted)]] == wanted, f"convergence: {name}")
        (x0, y0), (x1, y1) = [(p["x"], p["y"]) for p in sets[len(wanted)]["data"]]
        tally.check(abs(y1 / y0 - (x0 / x1) ** 0.5) < 1e-9, f"convergence: reference line of {name}")


def check_items(tally, browser, report):
    items = report["items"]
    tally.check(browser.execute_script(FILTERED) == len(items), "items: counted")
    tally.check(browser.execute_script(ITEMS) == min(30, len(items)), "items: the first are shown")
    for key in ("verdict", "group", "product"):
        names = [""] + sorted({item[key] for item in items if item[key]})
        for i, name in enumerate(names):
            rt.choose(tally, browser, f"items-{key}", i, len(names))
            wanted = sum(not name or item[key] == name for item in items)
            tally.check(browser.execute_script(FILTERED) == wanted, f"items: {key} {name}")
        rt.choose(tally, browser, f"items-{key}", 0, len(names))
    if items:
        browser.execute_script(OPEN_FIRST)
        browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50));")
        shown = browser.execute_script("return document.querySelectorAll('#items details[open] tbody tr').length;")
        tally.check(shown == len(items[0]["roads"]) + len(items[0]["comparisons"]), f"items: {shown} roads and differences")
        rt.check_figures(tally, browser, report, "an open item")


def check_page(tally, browser, page, report, picture=None):
    for log in ("browser", "performance"):
        browser.get_log(log)
    for width in (rt.NARROW, rt.WIDE):
        rt.resize(browser, width)
        rt.open_report(browser, page)
        tally.check(browser.execute_script(rt.OVERFLOW) <= 0, f"{width} px: no horizontal overflow")
        rt.check_canvases(tally, browser, f"{width} px")
        rt.check_figures(tally, browser, report, f"{width} px")
    if picture:
        rt.screenshot(browser, picture)
    text = browser.execute_script(rt.TEXT)
    tally.check(browser.execute_script(rt.NO_MARKUP), "text of the data is never markup")
    tally.check("\u202e" not in text and "undefined" not in text and "NaN" not in text, "no stray text")
    tally.check(report["verdict"].capitalize() in text, "the verdict is told")
    failures = report["counts"]["failed"] + (report["law"]["verdict"] == "failed")
    tally.check(browser.execute_script(TABLE_ROWS, "failures") == min(200, failures), "failures: a row for each")
    tally.check(browser.execute_script(TABLE_ROWS, "groups") == len(report["groups"]), "groups: a row for each")
    charts = browser.execute_script(rt.CHART_DATA)
    check_law(tally, charts, report)
    check_convergence(tally, browser, report)
    check_items(tally, browser, report)
    tally.check(browser.execute_script(rt.OVERFLOW) <= 0, "no horizontal overflow after every selection")
    rt.check_print(tally, browser)
    errors = [entry["message"] for entry in browser.get_log("browser")]
    tally.check(not errors, f"messages on the console: {errors[:3]}")
    foreign = [url for url in rt.requests(browser)
               if url.split("#")[0] != page.as_uri() and not url.startswith(rt.ALLOWED_SCHEMES)]
    tally.check(not foreign, f"requests beyond the file itself: {foreign[:3]}")


def rare_reports(report):
    hostile = copy.deepcopy(report)
    hostile.update(title=HOSTILE, verdict="failed")
    item = hostile["items"][0]
    counts = hostile["counts"]
    counts[item["verdict"]] -= 1
    counts["failed"] += 1
    item.update(id=HOSTILE, group=HOSTILE, product=HOSTILE, verdict="failed", reason=f"{HOSTILE}; {HOSTILE}")
    hostile["settings"]["fault"] = HOSTILE
    hostile["law"].update(verdict="failed", reason=HOSTILE)
    hostile["convergence"] = []
    yield "hostile", hostile

    empty = copy.deepcopy(report)
    empty.update(verdict="failed", items=[], groups=[], devices=[], references=[], convergence=[], as_of=None,
                 counts=dict.fromkeys(("passed", "failed", "listed", "skipped"), 0))
    empty["law"].update(verdict="skipped", reason="0 z-scores", count=0, z=[], bins=[], mean=None, variance=None,
                        chi_square=None, mean_test=None, variance_test=None)
    yield "empty", empty

    crowd = copy.deepcopy(report)
    crowd["items"] = [dict(item, id=f"{item['id']} {n}") for n in range(20) for item in report["items"]]
    crowd["counts"] = {name: 20 * count for name, count in report["counts"].items()}
    yield "crowd", crowd


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--screenshot", type=pathlib.Path)
    arguments = parser.parse_args()
    text = (arguments.directory / "validation.json").read_text(encoding="utf-8")
    report = json.loads(text)
    browser = rt.start_browser()
    tally = rt.Tally()
    try:
        check_junit(tally, arguments.directory / "junit.xml", report)
        check_page(tally, browser, arguments.directory / "validation.html", report, arguments.screenshot)
        tally.check(len(browser.execute_script(rt.CHART_DATA)) == 4, "a full report draws 4 charts")
        if render.CHART_JS.exists():
            with tempfile.TemporaryDirectory() as folder:
                for name, rare in rare_reports(report):
                    page = pathlib.Path(folder) / f"{name}.html"
                    page.write_text(render.render(json.dumps(rare), "validation", "Validation"), encoding="utf-8")
                    failed = tally.failed
                    check_page(tally, browser, page, rare)
                    print(f"{name}: {tally.failed - failed} failed")
    finally:
        browser.quit()
    return tally.summary()


if __name__ == "__main__":
    sys.exit(main())
