#!/usr/bin/env python3
"""Runs the tests of a build directory and prints one summary, counted over test cases: `run_tests.py BUILD_DIR [ctest arguments]`.

A GoogleTest executable counts by its cases, any other test as one. The last line reads `N passed, N failed, N skipped`.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml


def main():
    build, *arguments = sys.argv[1:]
    results = pathlib.Path(build).resolve() / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    junit = results / "ctest.xml"
    environment = dict(os.environ, GTEST_OUTPUT=f"json:{results}/", GTEST_BRIEF="1")
    subprocess.run(["ctest", "--test-dir", build, "--output-on-failure", "--parallel", str(os.cpu_count()),
                    "--output-junit", str(junit), *arguments], env=environment, check=False)
    if not junit.exists():
        print("ctest wrote no results")
        return finish({"passed": 0, "failed": 1, "skipped": 0}, [], [])

    count = {"passed": 0, "failed": 0, "skipped": 0}
    failures, skips = [], []
    for test in xml.parse(junit).getroot().iter("testcase"):
        name = test.get("name")
        cases_file = results / f"dojima_test_{name}.json"
        failed_before = count["failed"]
        if cases_file.exists():
            for suite in json.loads(cases_file.read_text(encoding="utf-8"))["testsuites"]:
                for case in suite["testsuite"]:
                    case_name = f"{name}: {case['classname']}.{case['name']}"
                    if "failures" in case:
                        count["failed"] += 1
                        failures.append(case_name)
                    elif case["result"] == "COMPLETED":
                        count["passed"] += 1
                    else:
                        count["skipped"] += 1
                        skips.append(case_name)
        elif test.get("status") == "run":
            count["passed"] += 1
        elif test.get("status") == "notrun":
            count["skipped"] += 1
            skips.append(name)
        if test.get("status") == "fail" and count["failed"] == failed_before:  # a crash, a leak, a time-out, a script
            count["failed"] += 1
            failures.append(name)
    return finish(count, failures, skips)


def finish(count, failures, skips):
    print()
    for heading, names in (("Skipped", skips), ("Failed", failures)):
        if names:
            print(f"{heading}:", *names, sep="\n  ")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
