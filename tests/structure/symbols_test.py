#!/usr/bin/env python3
"""What an instruction set's object must not hold: `symbols_test.py CXX ISA=OBJECT;OBJECT...`

Every weak symbol lies in the namespace of that set. The linker keeps one copy of a weak symbol. Were it named alike in two sets, a
processor without AVX-512 could be given the AVX-512 copy.

No multiply-add of alternating sign, which GCC's vectoriser makes of products of complex numbers also where contraction is off
(rounded_product in models/real.hpp prevents it): it would change the bits.

The checks are then shown to fail on an object with such a symbol and such an instruction.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HARMLESS = re.compile(r"DW\.ref\.")  # references to the language's run-time, which hold no code


def violations(isa, object_file):
    listing = subprocess.run(["nm", "--demangle", "--defined-only", object_file], check=True, capture_output=True, text=True)
    for line in listing.stdout.splitlines():
        _, kind, symbol = line.split(maxsplit=2)
        if kind in "WVu" and f"dojima::{isa}::" not in symbol and not HARMLESS.match(symbol):
            yield f"{object_file}: {symbol} is weak (and not in dojima::{isa}); mark it DOJIMA_FN or give it internal linkage"


def contractions(object_file):
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "--demangle", object_file], check=True, capture_output=True, text=True)
    function = ""
    for line in listing.stdout.splitlines():
        if line.endswith(">:"):
            function = line
        elif "vfmaddsub" in line or "vfmsubadd" in line:
            yield f"{object_file}: {function} contracts ({line.strip()}); use rounded_product"


def planted_contraction_found(compiler):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "planted.s"
        source.write_text("planted: vfmaddsub231pd %ymm0, %ymm1, %ymm2\n")
        subprocess.run([compiler, "-c", source, "-o", source.with_suffix(".o")], check=True)
        return len(list(contractions(source.with_suffix(".o")))) == 1


def planted_violation_found(compiler):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "planted.cpp"
        source.write_text("namespace dojima { inline int shared(int x) { return x + 1; }\n"
                          "namespace avx2 { inline int own(int x) { return x; } }\n"
                          "int (*const kept[])(int) = {shared, avx2::own}; int (*keep(int i))(int) { return kept[i]; } }\n")
        subprocess.run([compiler, "-c", source, "-o", source.with_suffix(".o")], check=True)
        found = list(violations("avx2", source.with_suffix(".o")))
        return len(found) == 1 and "dojima::shared(int)" in found[0]


def main():
    compiler, *objects = sys.argv[1:]
    problems = []
    for isa, files in (entry.split("=", 1) for entry in objects):
        for file in files.split(";"):
            problems += [*violations(isa, file), *contractions(file)]
    if not planted_contraction_found(compiler):
        problems.append("a planted multiply-add was not found")
    if not planted_violation_found(compiler):
        problems.append("a planted weak symbol outside the namespace was not found")
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
