#!/usr/bin/env python3
"""Reads every #include line and fails when an arrow of the layout points back: `includes_test.py SOURCE_DIR`.

    examples, src/cli -> include <- src -> kernels -> models -> (nothing)

Three headers are shared by all: include/dojima/array/types.hpp, the vocabulary of the array layer, the errors, and
include/dojima/pricing/model.hpp, the parameters of the models.
Headers that users see (include/, models/) name the standard library and nothing else, and only the QuantLib adaptors name
QuantLib. The check is then shown to fail on a tree with one violation of each kind.
"""

import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
MAY_INCLUDE = {
    "examples": {"examples", "include"},
    "src/cli": {"src/cli", "include"},
    "src": {"src", "include", "kernels", "models"},
    "include": {"include"},
    "kernels": {"kernels", "models", "types"},
    "models": {"models", "types"},
}
QUANTLIB = ("include/dojima/quantlib/", "src/quantlib/", "tests/quantlib/", "tests/validation/", "bench/", "examples/quantlib_")
SOURCES = {".cpp", ".hpp", ".cu", ".cuh"}


SHARED_TYPES = ("include/dojima/array/types.hpp", "include/dojima/error.hpp", "include/dojima/pricing/model.hpp")


def layer_of(path):
    return next((layer for layer in ("src/cli", *MAY_INCLUDE) if path.startswith(layer + "/")), None)


def project_path(root, source, name):
    """The file of the project that `name` means in `source`, relative to the root; None for another library's."""
    for folder in (source.parent, root, root / "include", root / "src"):
        if (folder / name).is_file():
            return (folder / name).resolve().relative_to(root).as_posix()
    return f"include/{name}" if name.startswith("dojima/") else None  # a generated header


def violations(root):
    root = root.resolve()
    for source in sorted(root.rglob("*")):
        path = source.relative_to(root).as_posix()
        layer = layer_of(path)
        if source.suffix not in SOURCES or not (layer or path.startswith(("tests/", "bench/"))):
            continue
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            name = match[1]
            target = project_path(root, source, name)
            if name.startswith("ql/") and not path.startswith(QUANTLIB):
                yield f"{path}:{number}: {name} (only {', '.join(QUANTLIB)} may name QuantLib)"
            elif target and layer and layer_of(target) not in MAY_INCLUDE[layer] and not (
                target in SHARED_TYPES and "types" in MAY_INCLUDE[layer]
            ):
                yield f"{path}:{number}: {name} ({layer} may include {', '.join(sorted(MAY_INCLUDE[layer]))} only)"
            elif not target and layer in ("include", "models") and re.search(r"[./]", name) and not name.startswith(("ql/", "math.h")):
                yield f"{path}:{number}: {name} (headers of {layer} may name the standard library only)"


PLANTED = {
    "models/a.hpp": '#include "kernels/b.hpp"',
    "kernels/b.hpp": '#include "dojima/c.hpp"',
    "include/dojima/c.hpp": '#include "io/d.hpp"',
    "src/io/d.hpp": '#include "cli/e.hpp"',
    "src/cli/e.hpp": '#include "models/a.hpp"',
    "examples/f.cpp": '#include "../src/io/d.hpp"',
    "include/dojima/g.hpp": "#include <cuda_runtime.h>",
    "src/risk/h.cpp": "#  include <ql/quantlib.hpp>",
}
ALLOWED = {
    "models/i.hpp": "#include <cmath>",
    "kernels/j.cu": '#include <cuda_runtime.h>\n#include "models/i.hpp"\n#include "dojima/array/types.hpp"',
    "src/io/k.cpp": '#include <toml++/toml.h>\n#include "dojima/version.hpp"\n#include "kernels/b.hpp"\n#include "io/d.hpp"',
    "src/quantlib/l.cpp": "#include <ql/quantlib.hpp>",
}


def check_the_check():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in (PLANTED | ALLOWED).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found = sorted(line.split(":")[0] for line in violations(root))
        if found != sorted(PLANTED):
            yield f"planted violations in {sorted(PLANTED)}, found {found}"


def main():
    problems = [*violations(pathlib.Path(sys.argv[1])), *check_the_check()]
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
