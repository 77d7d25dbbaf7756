#!/usr/bin/env python3
"""Runs the benchmarks and, in the same run, what users would pick instead: `run.py PROGRAM [options of dojima_bench]`.

Beside a CPU that is NumPy, when python3 has it; beside a GPU, CuPy, PyTorch and JAX, by the script that DOJIMA_GPU_PEERS names.
Writes the results with the peers' ratios to --json, as dojima_bench does.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GPU_PEERS = os.environ.get("DOJIMA_GPU_PEERS", HERE.parent.parent / "shared" / "peers" / "gpu_peers.py")
# Work of the GPU peers and ours, as the starts of their names.
GPU_WORK = {
    "rownorm f64": "sqrt(sum(x * x, -1))",
    "asian252 f32 2^22": "arithmetic Asian 252 single",
    "heston FT252 f32 2^22": "Heston QE-M 252 single",
}
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


def gpu_rates():
    """Throughput of each peer, by the name of our own work."""
    done = subprocess.run([sys.executable, GPU_PEERS, "cupy,torch,jax"], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"GPU peers stopped early ({done.stderr.strip().splitlines()[-1]})")
    rates = {}
    for line in done.stdout.splitlines():
        row = re.match(r"(\S+)\s+(.+?)\s+[\d.]+ ms\s+(\S+)", line)
        for work, ours in GPU_WORK.items():
            if row and row[2].startswith(work):
                rates.setdefault(ours, {})[row[1]] = float(row[3])
    return rates


def beside_numpy(results):
    seconds = numpy_seconds(results)
    if seconds:
        print(f"\n{'beside NumPy, in the same run':44}{'ours ms':>14}{'NumPy ms':>14}{'ratio':>8}")
    for r in results:
        if r["name"] in seconds:
            ratio = seconds[r["name"]] / r["median_seconds"]
            r["peers"] = r["peers"] | {"numpy": ratio}
            print(f"{r['name']:44}{1e3 * r['median_seconds']:14.3f}{1e3 * seconds[r['name']]:14.3f}{ratio:8.2f}")


def beside_gpu_peers(results):
    if not pathlib.Path(GPU_PEERS).exists():
        print("GPU peers are left out (DOJIMA_GPU_PEERS names no script)")
        return
    rates = gpu_rates()
    print(f"\n{'beside GPU peers, in the same run':44}{'ours':>14}  ratios")
    for r in results:
        found = next((found for name, found in rates.items() if r["name"].startswith(name)), None)
        if found:
            r["peers"] = r["peers"] | {peer: r["throughput"] / rate for peer, rate in found.items()}
            print(f"{r['name']:44}{r['throughput']:14.3g}  " + "  ".join(f"{x:.3g} x {p}" for p, x in r["peers"].items()))


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
    if results and results[0]["instruction_set"].startswith("sm_"):
        beside_gpu_peers(results)
    else:
        beside_numpy(results)
    if target:
        pathlib.Path(target).write_text(json.dumps(report, indent=1) + "\n")
    return 0


sys.exit(main())
