#!/usr/bin/env python3
"""Writes data/reference/array_linalg_fft.csv: NumPy's results for tests/array/linalg_test.cpp and fft_test.cpp.

    python3 tests/array/make_linalg_fft.py data/reference/array_linalg_fft.csv      (NumPy 2)

Inputs are not stored: element i of the array with seed s is ((7919 i + 104729 s + 12345) mod 2003 - 1001) / 128, exact in every
type; of integers, the numerator modulo 10; the imaginary part of a complex array is its array of seed s + 1.
"""

import csv
import itertools
import sys

import numpy as np


def values(shape, seed, kind="float64"):
    def numerator(s):
        return (7919 * np.arange(int(np.prod(shape)), dtype=np.int64) + 104729 * s + 12345) % 2003 - 1001

    if kind == "int64":
        return (numerator(seed) % 10).reshape(shape)
    x = numerator(seed) / 128.0
    return (x + 1j * numerator(seed + 1) / 128.0 if kind == "complex128" else x).reshape(shape)


def shape_text(shape):
    return "x".join(map(str, shape))


def result_text(x):
    x = np.asarray(x)
    numbers = x.reshape(-1)
    if np.iscomplexobj(numbers):
        numbers = np.stack([numbers.real, numbers.imag], -1).reshape(-1)
    return shape_text(x.shape), " ".join(f"{float(v):.14g}" for v in numbers)


def cases():
    """function, element type, shape of a, shape of b, options, result"""
    # --- transforms
    lengths = [1, 2, 3, 4, 5, 7, 8, 12, 16, 30, 31, 37]
    for n in lengths:
        for kind in ("float64", "complex128"):
            x = values((n,), n, kind)
            for norm in ("backward", "ortho", "forward"):
                yield "fft", kind, (n,), (), f"-1||{norm}", np.fft.fft(x, norm=norm)
                yield "ifft", kind, (n,), (), f"-1||{norm}", np.fft.ifft(x, norm=norm)
                if kind == "float64":
                    yield "rfft", kind, (n,), (), f"-1||{norm}", np.fft.rfft(x, norm=norm)
                elif n > 1:
                    yield "irfft", kind, (n,), (), f"-1||{norm}", np.fft.irfft(x, norm=norm)
    for shape, axis, n in itertools.product([(2, 5), (3, 4, 2), (1, 6)], [0, 1, -1], [None, 1, 3, 4, 7]):
        seed = sum(shape) + axis
        for name, kind in (("fft", "float64"), ("fft", "complex128"), ("ifft", "complex128"), ("rfft", "float64"),
                           ("irfft", "complex128")):
            if name == "irfft" and n is None and shape[axis] == 1:
                continue
            result = getattr(np.fft, name)(values(shape, seed, kind), n=n, axis=axis)
            yield name, kind, shape, (seed,), f"{axis}|{'' if n is None else n}|backward", result
    # --- convolutions
    for m, n in itertools.product([1, 2, 3, 4, 5, 8, 13], repeat=2):
        for kind in ("float64", "complex128", "int64"):
            if kind != "float64" and (m > 5 or n > 5):
                continue
            a, v = values((m,), m, kind), values((n,), n + 20, kind)
            for mode in ("full", "same", "valid"):
                yield "convolve", kind, (m,), (n,), mode, np.convolve(a, v, mode)
                yield "correlate", kind, (m,), (n,), mode, np.correlate(a, v, mode)
    # --- products
    pairs = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((4, 2, 3), (3, 2)),
             ((2, 3), (4, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((2, 2, 3), (3,)), ((3,), (2, 3, 2)), ((5, 1), (1, 4)),
             ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0, 2, 2), (2, 2)), ((2, 1, 1, 3), (1, 3, 3, 2))]
    for a, b in pairs:
        for kind in ("float64", "complex128", "int64"):
            yield "matmul", kind, a, b, "", np.matmul(values(a, 1, kind), values(b, 5, kind))
    # --- factorisations
    def regular(shape, seed):
        return values(shape, seed) + 20 * np.eye(shape[-1])

    for n in (1, 2, 3, 5, 8):
        for batch in ((), (3,), (2, 2)):
            a = regular((*batch, n, n), n)
            spd = np.matmul(a, np.swapaxes(a, -1, -2))
            yield "inv", "float64", a.shape, (), "", np.linalg.inv(a)
            yield "cholesky", "float64", a.shape, (), "", np.linalg.cholesky(spd)
            yield "eigvalsh", "float64", a.shape, (), "", np.linalg.eigvalsh(spd)
            for k in (1, 4):
                yield "solve", "float64", a.shape, (*batch, n, k), "", np.linalg.solve(a, values((*batch, n, k), 3))
        yield "solve", "float64", (n, n), (n,), "", np.linalg.solve(regular((n, n), n), values((n,), 3))
        yield "solve", "float64", (3, n, n), (n, 2), "", np.linalg.solve(regular((3, n, n), n), values((n, 2), 3))
        yield "solve", "float64", (n, n), (3, n, 2), "", np.linalg.solve(regular((n, n), n), values((3, n, 2), 3))
    for shape in ((1, 1), (2, 3), (3, 2), (4, 4), (7, 3), (3, 7), (2, 4, 3), (2, 2, 3, 4)):
        a = values(shape, 7)
        yield "svdvals", "float64", shape, (), "", np.linalg.svd(a, compute_uv=False)
        q = np.linalg.qr(values(shape, 73))[0]  # tall matrices of full rank, whose column space has one projector
        yield "qr_projector", "float64", shape, (), "", np.matmul(q, np.swapaxes(q, -1, -2))
    for m, n, k in itertools.product((1, 2, 3, 6), (1, 2, 3, 6), (None, 1, 3)):
        for deficient in (False, True):
            a, b = values((m, n), m + n), values((m,) if k is None else (m, k), 11)
            if deficient:
                a = a * 0 + a[:1]  # equal rows: rank one
            x, residuals, rank, s = np.linalg.lstsq(a, b)
            for part, result in (("x", x), ("residuals", residuals), ("rank", rank), ("s", s)):
                yield "lstsq", "float64", a.shape, b.shape, f"{part}|{'rank one' if deficient else ''}", result


def main():
    with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "function", "type", "shape_a", "shape_b", "options", "shape", "expected"])
        for number, (function, kind, a, b, options, result) in enumerate(cases(), 1):
            rows.writerow([number, function, kind, shape_text(a), shape_text(b), options, *result_text(result)])
        print(number, "cases")


if __name__ == "__main__":
    main()
