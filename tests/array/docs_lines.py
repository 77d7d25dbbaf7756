#!/usr/bin/env python3
"""Turns docs/array.md into a test: `docs_lines.py docs/array.md OUTPUT.cpp`. Every line of its tables runs after its setup block."""

import pathlib
import re
import sys


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    setup = re.search(r"```cpp\n(.*?)```", text, re.S)[1].splitlines()
    includes = [line for line in setup if line.startswith(("#include", "using"))]
    variables = [line for line in setup if line not in includes]
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = re.split(r"(?<!\\)\|", line)
        if len(cells) == 4 and (code := re.fullmatch(r"\s*`(.*)`\s*", cells[2])):
            rows.append((number, code[1].replace("\\|", "|")))
    if len(rows) < 50:
        sys.exit(f"{sys.argv[1]}: only {len(rows)} lines found")
    out = ["// Generated from docs/array.md by tests/array/docs_lines.py.", *includes, "#include <gtest/gtest.h>", ""]
    out += ['#pragma GCC diagnostic ignored "-Wunused-variable"', '#pragma GCC diagnostic ignored "-Wunused-but-set-variable"', ""]
    out += ["TEST(docs, every_line_of_array_md_runs) {", "  for (const device& machine : device::all()) {", "    const stream_scope scope(machine);"]
    out += [f"    {line}" for line in variables]
    for number, code in rows:
        out += [f"    try {{ {code} stream::of(machine).synchronize(); }}"]
        out += [f'    catch (const std::exception& e) {{ ADD_FAILURE() << "docs/array.md:{number} on " << machine.id() << ": " << e.what(); }}']
    out += ["  }", "}"]
    pathlib.Path(sys.argv[2]).write_text("\n".join(out) + "\n", encoding="utf-8")


main()
