#!/usr/bin/env python3
"""Reports that real runs rarely give (nothing computed, nulls, hostile text, crowds) pass report_test's checks."""

import json
import pathlib
import sys
import tempfile

import render
import report_test
import sample_report


def main():
    if not render.CHART_JS.exists():
        report_test.skip("Chart.js is missing (Debian: libjs-chart.js)")
    browser = report_test.start_browser()
    tally = report_test.Tally()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, sample in sample_report.SAMPLES.items():
                text = json.dumps(sample())
                page = pathlib.Path(folder) / f"{name}.html"
                page.write_text(render.render(text), encoding="utf-8")
                failed = tally.failed
                charts, figures = report_test.check_report(tally, browser, page, json.loads(text))
                print(f"{name}: {charts} charts, {figures} figures, {tally.failed - failed} failed")
    finally:
        browser.quit()
    return tally.summary()


if __name__ == "__main__":
    sys.exit(main())
