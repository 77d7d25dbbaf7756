#!/usr/bin/env python3
"""Opens a report in headless Chromium and checks it against its JSON.

    report_test.py REPORT_HTML REPORT_JSON [--screenshot FILE.png]

Exit codes: 0 all passed, 1 something failed, 77 skipped because Chromium, its driver or Selenium is missing.
"""

import argparse
import base64
import collections
import json
import math
import pathlib
import re
import shutil
import sys

SKIPPED = 77
WIDE, NARROW, HEIGHT = 1280, 360, 900
PAPER_WIDTH = 182 / 25.4 * 96
ALLOWED_SCHEMES = ("data:", "blob:")

CHART_DATA = """
return Object.fromEntries(Object.entries(window.dojimaCharts).map(([name, chart]) => [name, {
  labels: chart.data.labels,
  sets: chart.data.datasets.map((set) => ({ label: set.label, data: set.data })),
}]));
"""
CANVASES = """
return [...document.querySelectorAll("canvas")].map((canvas) => {
  const box = canvas.getBoundingClientRect();
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return { label: canvas.getAttribute("aria-label"), inside: box.right <= innerWidth + 1, width: box.width,
           painted: pixels.reduce((n, pixel) => n + (pixel !== 0), 0), colours: new Set(pixels).size };
});
"""
FIGURES = """
return [...document.querySelectorAll("[data-path]")].map(({ dataset }) => [dataset.path, dataset.value]);
"""
TEXT = """
return [...document.querySelectorAll("header, section:not(#rejected), footer")].map((part) => part.innerText).join(" ");
"""
READY = "return document.documentElement.dataset.ready === 'true';"
NO_MARKUP = "return !window.hacked && document.querySelectorAll('img, iframe').length === 0;"
PAGE_SIZE = "return [document.documentElement.clientWidth, document.documentElement.scrollHeight];"
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;"


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, condition, what):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}")

    def summary(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def start_browser():
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        skip("the Python package selenium is missing (Debian: python3-selenium)")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium:
        skip("chromium is missing (Debian: chromium)")
    if not driver:
        skip("chromedriver is missing (Debian: chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(driver), options=options)


def resize(browser, width):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False})


def open_report(browser, page):
    from selenium.webdriver.support.ui import WebDriverWait
    browser.get(page.as_uri())
    WebDriverWait(browser, 30).until(lambda b: b.execute_script(READY))


def requests(browser):
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def choose(tally, browser, name, index, count):
    """Sets the selector `name` to option `index` of `count`; the page shows no selector for a single option."""
    chosen = browser.execute_script("""
        const control = document.querySelector(`[data-choice="${arguments[0]}"]`);
        if (!control) return false;
        if (control.matches("select")) {
          if (arguments[1] >= control.options.length) return false;
          control.selectedIndex = arguments[1];
          control.dispatchEvent(new Event("change"));
        } else {
          const inputs = control.querySelectorAll("input");
          inputs[arguments[1]]?.click();
          return arguments[1] < inputs.length;
        }
        return true;""", name, index)
    tally.check(chosen or count < 2, f"selector {name}: option {index + 1} of {count}")


def options(rows, key):
    """The values of `key` in order of appearance, as the page lists them in a selector."""
    return list(dict.fromkeys(row[key] for row in rows or []))


def lookup(report, path):
    node = report
    for token in re.findall(r"\[\d+\]|\[\"(?:[^\"\\]|\\.)*\"\]|\w+", path):
        key = json.loads(token[1:-1]) if token.startswith("[") else token
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return None
    return node


def equals(shown, value):
    if value is None or isinstance(value, str):
        return shown == ("null" if value is None else value)
    return shown != "null" and float(shown) == value


def numbers(values):
    return [v for v in values if v is not None]


def check_figures(tally, browser, report, where):
    figures = browser.execute_script(FIGURES)
    wrong = [f"{path} shows {shown}" for path, shown in figures if not equals(shown, lookup(report, path))]
    tally.check(figures and not wrong, f"{where}: figures equal the JSON: {wrong[:5]}")
    return len(figures)


def check_canvases(tally, browser, where):
    for canvas in browser.execute_script(CANVASES):
        tally.check(canvas["painted"] > 500 and canvas["colours"] > 3, f"{where}: blank chart: {canvas['label']}")
        tally.check(canvas["inside"], f"{where}: chart leaves the page: {canvas['label']}")
        tally.check(canvas["label"], f"{where}: a chart has no label for screen readers")


def check_histogram(tally, chart, pnl, var, where):
    counts = [sum(point["y"] for point in chart["sets"][i]["data"]) for i in (0, 1)]
    pnl = numbers(pnl)
    tally.check(sum(counts) == len(pnl), f"{where}: {sum(counts)} scenarios drawn of {len(pnl)}")
    beyond = sum(p < -var for p in pnl) if var is not None else 0
    tally.check(counts[1] == beyond, f"{where}: {counts[1]} losses beyond VaR drawn of {beyond}")


def measure(rows, method, level):
    found = [m for m in rows or [] if (m["method"], m["level"], m["horizon_days"]) == (method, level, 1)]
    return found[0]["var"] if found else None


def check_distributions(tally, browser, report):
    distributions = report.get("distributions", [])
    levels = sorted(set(options(report.get("measures"), "level")))
    for m, distribution in enumerate(distributions):
        choose(tally, browser, "distribution-method", m, len(distributions))
        for i, level in enumerate(levels):
            choose(tally, browser, "distribution-level", i, len(levels))
            chart = browser.execute_script(CHART_DATA).get("distribution")
            where = f"distribution, {distribution['method']}, {level}"
            if not numbers(distribution["pnl"]):
                tally.check(chart is None, f"{where}: drawn without data")
                continue
            tally.check(chart, f"{where}: drawn")
            var = measure(report["measures"], distribution["method"], level)
            check_histogram(tally, chart, distribution["pnl"], var, where)


def check_measures(tally, browser, report):
    rows = [m for m in report.get("measures", []) if m["var"] is not None]
    horizons = sorted(options(rows, "horizon_days"))
    for i, horizon in enumerate(horizons):
        choose(tally, browser, "compare-horizon", i, len(horizons))
        sets = browser.execute_script(CHART_DATA)["compare"]["sets"]
        for kind, drawn in zip(("var", "es"), sets):
            expected = sorted(m[kind] for m in rows if m["horizon_days"] == horizon)
            values = sorted(point["x"] for point in drawn["data"])
            tally.check(values == expected, f"measures, {horizon} days: {kind} drawn")


def check_backtest(tally, charts, report):
    series = (report.get("backtest") or {}).get("series") or []
    if not numbers(day["pnl"] for day in series):
        tally.check("backtest" not in charts, "backtest: drawn without data")
        return
    exceptions, pnl, var = (s["data"] for s in charts["backtest"]["sets"])
    tally.check(len(numbers(exceptions)) == report["backtest"]["exceptions"], "backtest: number of exceptions")
    tally.check(exceptions == [day["pnl"] if day["exception"] else None for day in series], "backtest: exceptions")
    tally.check(pnl == [day["pnl"] for day in series], "backtest: daily P&L")
    tally.check(var == [-day["var"] for day in series], "backtest: minus VaR")


def check_contributions(tally, browser, report):
    kinds = ("component_var", "component_es", "incremental_var", "standalone_var")
    rows = report.get("components", [])
    groupings = options(rows, "grouping")
    for g, grouping in enumerate(groupings):
        choose(tally, browser, "contributions-grouping", g, len(groupings))
        for k, kind in enumerate(kinds):
            choose(tally, browser, "contributions-kind", k, len(kinds))
            chart = browser.execute_script(CHART_DATA).get("contributions")
            values = numbers(c[kind] for c in rows if c["grouping"] == grouping)
            largest = sorted(sorted(values, key=abs, reverse=True)[:20], reverse=True)
            drawn = chart["sets"][0]["data"] if chart else []
            tally.check(drawn == largest, f"contributions: {kind} by {grouping}")


def check_worst(tally, charts, report):
    rows = report.get("worst_scenarios", [])
    if "worst" not in charts:
        tally.check(not any(numbers(row["books"].values()) for row in rows), "worst scenarios: drawn")
        return
    for i, row in enumerate(rows):
        drawn = sum(s["data"][i] or 0 for s in charts["worst"]["sets"])
        total = sum(row["books"].values())
        tally.check(math.isclose(drawn, total, rel_tol=1e-9, abs_tol=1e-6), f"worst scenario {i + 1}: sum of books")


def check_exposures(tally, browser, report):
    for name, key in (("exposures", "grouping"), ("sensitivities", "kind")):
        rows = report.get(name, [])
        values = options(rows, key)
        for i, value in enumerate(values):
            choose(tally, browser, f"{name}-{key}", i, len(values))
            chart = browser.execute_script(CHART_DATA).get(name)
            drawn = collections.Counter(v for s in (chart["sets"] if chart else []) for v in numbers(s["data"]))
            known = collections.Counter(row[field] for row in rows if row[key] == value
                                        for field in ("long", "short", "net", "value") if row.get(field) is not None)
            tally.check(drawn <= known and bool(drawn) == bool(known), f"{name}: {value}")


def check_books(tally, browser, report):
    distributions = report.get("distributions", [])
    books = report.get("books", [])
    for b, book in enumerate(books[:8]):
        choose(tally, browser, "books-book", b, len(books))
        for m, distribution in enumerate(distributions):
            choose(tally, browser, "books-method", m, len(distributions))
            charts = browser.execute_script(CHART_DATA)
            where = f"book {b}, {distribution['method']}"
            pnl = distribution["books"].get(book["name"], [])
            if not numbers(pnl):
                tally.check("bookDistribution" not in charts, f"{where}: drawn without data")
                continue
            levels = options(book["measures"], "level")
            var = measure(book["measures"], distribution["method"], 0.99 if 0.99 in levels else max(levels))
            check_histogram(tally, charts["bookDistribution"], pnl, var, where)
            worst = charts["bookWorst"]["sets"][0]["data"]
            tally.check(worst == sorted(numbers(pnl))[:len(worst)], f"{where}: worst scenarios")
        check_figures(tally, browser, report, f"book {b}")


def check_print(tally, browser):
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    widths = [canvas["width"] for canvas in browser.execute_script(CANVASES)]
    tally.check(all(width <= PAPER_WIDTH + 1 for width in widths), f"print: charts fit the paper: {widths}")
    check_canvases(tally, browser, "print")
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    tally.check(pdf.startswith(b"%PDF"), "print: makes a PDF")


def screenshot(browser, target):
    size = browser.execute_script(PAGE_SIZE)
    image = browser.execute_cdp_cmd("Page.captureScreenshot", {
        "captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(base64.b64decode(image["data"]))


def check_report(tally, browser, page, report, picture=None):
    """All checks of one report. Leaves the browser on the page at the wide size."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    for width in (NARROW, WIDE):
        resize(browser, width)
        open_report(browser, page)
        tally.check(browser.execute_script(OVERFLOW) <= 0, f"{width} px: no horizontal overflow")
        check_canvases(tally, browser, f"{width} px")
        figures = check_figures(tally, browser, report, f"{width} px")
    if picture:
        screenshot(browser, picture)
    tally.check(browser.execute_script(NO_MARKUP), "text of the data is never markup")
    text = browser.execute_script(TEXT)
    tally.check(not re.search("[\u202a-\u202e]", text), "no text of the data turns the direction of the page")
    tally.check(not re.search(r"undefined|NaN|Infinity|\[object", text), "no stray undefined or NaN in the text")

    charts = browser.execute_script(CHART_DATA)
    check_backtest(tally, charts, report)
    check_worst(tally, charts, report)
    check_distributions(tally, browser, report)
    check_measures(tally, browser, report)
    check_contributions(tally, browser, report)
    check_exposures(tally, browser, report)
    check_books(tally, browser, report)
    check_canvases(tally, browser, "after every selection")
    tally.check(browser.execute_script(OVERFLOW) <= 0, "no horizontal overflow after every selection")
    check_print(tally, browser)

    errors = [entry["message"] for entry in browser.get_log("browser")]
    tally.check(not errors, f"messages on the console: {errors[:3]}")
    foreign = [url for url in requests(browser)
               if url.split("#")[0] != page.as_uri() and not url.startswith(ALLOWED_SCHEMES)]
    tally.check(not foreign, f"requests beyond the file itself: {foreign[:3]}")
    return len(charts), figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("html", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("json", type=pathlib.Path)
    parser.add_argument("--screenshot", type=pathlib.Path)
    arguments = parser.parse_args()
    report = json.loads(arguments.json.read_text(encoding="utf-8"))
    browser = start_browser()
    tally = Tally()
    try:
        charts, figures = check_report(tally, browser, arguments.html, report, arguments.screenshot)
        tally.check(charts >= 8, f"a full report draws at least 8 charts, this one {charts}")
        tally.check(figures >= 50, f"a full report shows at least 50 figures of the JSON, this one {figures}")
    finally:
        browser.quit()
    print(f"{charts} charts, {figures} figures compared with the JSON")
    return tally.summary()


if __name__ == "__main__":
    sys.exit(main())
