#!/usr/bin/env python3
"""Writes joe_kuo_6.txt from the direction numbers new-joe-kuo-6.21201 of Joe and Kuo (2008), as SciPy carries them.

Usage: make_directions.py; needs SciPy. One bit stream, most significant bit first, holds dimensions 2, 3, ..., 21201. Each is

    one 1 for every step of the polynomial's degree s above that of the dimension before (at first 0), then a 0,
    the interior coefficients a of the polynomial in s - 1 bits,
    (m_i - 1) / 2 in i - 1 bits for i = 1 .. s.

The stream is padded with 0 to whole bytes and written in base 64 (RFC 4648), 128 characters a line.
"""

import base64
import pathlib

import numpy
import scipy.stats


def main():
    table = numpy.load(pathlib.Path(scipy.stats.__file__).parent / "_sobol_direction_numbers.npz")
    bits = []
    degree = 0
    for polynomial, numbers in zip(table["poly"][1:].tolist(), table["vinit"][1:].tolist()):
        s = polynomial.bit_length() - 1
        assert s >= degree and polynomial & 1
        bits.append("1" * (s - degree) + "0")
        degree = s
        interior = polynomial >> 1 & ((1 << (s - 1)) - 1)
        bits.append(f"{interior:0{s - 1}b}" if s > 1 else "")
        for i, m in enumerate(numbers[:s]):
            assert m & 1 and m < 2 << i
            bits.append(f"{m >> 1:0{i}b}" if i > 0 else "")
    stream = "".join(bits)
    stream += "0" * (-len(stream) % 8)
    text = base64.b64encode(int(stream, 2).to_bytes(len(stream) // 8, "big")).decode()
    lines = [text[i : i + 128] for i in range(0, len(text), 128)]
    pathlib.Path(__file__).with_name("joe_kuo_6.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
