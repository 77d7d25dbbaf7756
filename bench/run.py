#!/usr/bin/env python3
"""Runs the benchmarks and, in the same run, what users would pick instead: `run.py PROGRAM [options of dojima_bench]`.

NumPy is measured beside a CPU when python3 has it. Writes the results with the peers' ratios to --json, as dojima_bench does.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Elements that one second's amount of a unit stands for: the array suite counts bytes read and written.
BYTES_PER_ELEMENT = {"copy": 16, "sum, fixed tree": 8, "ten operations": 16, "exp(x) * y": 24, "cumsum": 16}


def numpy_seconds(results):
    work = []
    for r in results:
        if r["suite"] in ("array", "mc"):
            amount = r["throughput"] * r["median_seconds"]
            work.append(f"{r['name']}={round(amount / BYTES_PER_ELEMENT.get(r['name'], 1))}")
    done = subprocess.run([sys.executable, HERE / "numpy_peers.py", *work], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"NumPy is left out ({done.stderr.strip().splitlines()[-1]})")
        return {}
    return json.loads(done.stdout)


def main():
    program, *options = sys.argv[1:]
    target = options[options.index("--json") + 1] if "--json" in options else None
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "results.json"
        status = subprocess.run([program, *options, "--json", file]).returncode
        if status != 0:
            return status
        report = json.loads(file.read_text())
    results = report["results"]
    if results and not results[0]["instruction_set"].startswith("sm_"):
        seconds = numpy_seconds(results)
        if seconds:
            print(f"\n{'beside NumPy, in the same run':44}{'ours ms':>14}{'NumPy ms':>14}{'ratio':>8}")
        for r in results:
            if r["name"] in seconds:
                ratio = seconds[r["name"]] / r["median_seconds"]
                r["peers"] = r["peers"] | {"numpy": ratio}
                print(f"{r['name']:44}{1e3 * r['median_seconds']:14.3f}{1e3 * seconds[r['name']]:14.3f}{ratio:8.2f}")
    if target:
        pathlib.Path(target).write_text(json.dumps(report, indent=1) + "\n")
    return 0


sys.exit(main())
