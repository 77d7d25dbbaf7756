#!/usr/bin/env python3
"""Makes data/reference/numpy_files.npz for tests/array/npy_test.cpp: arrays in every layout that NumPy writes.

An entry is named type_order_version_shape: f8_F_v2_3x4 is float64 in Fortran order in version 2 of the format, f8be_... big-endian.
Element k, in row-major order, is k % 7 - 2, or k % 7 of unsigned types, or k % 2 of bool; complex ones have the imaginary part k % 3.
Entries other_* are of types that there are no arrays of.
"""
import io
import pathlib
import zipfile

import numpy as np

TYPES = {'b1': '|b1', 'i4': '<i4', 'u4': '<u4', 'i8': '<i8', 'f4': '<f4', 'f8': '<f8', 'c8': '<c8', 'c16': '<c16'}
SHAPES = [(), (0,), (5,), (3, 4), (2, 0, 3), (2, 3, 4), (1, 2, 1, 2, 1, 2, 1, 2)]


def values(name, shape):
    k = np.arange(int(np.prod(shape))).reshape(shape)
    if name == 'b1':
        return k % 2 == 1
    x = k % 7 - (0 if name == 'u4' else 2)
    return x + 1j * (k % 3) if name[0] == 'c' else x


def npy(array, version):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def main():
    entries = {}
    for name, descr in TYPES.items():
        for shape in SHAPES:
            for order in 'CF':
                for version in (1, 2, 3):
                    text = 'x'.join(map(str, shape)) or 'scalar'
                    for mark in ('', 'be') if name != 'b1' and version == 1 else ('',):
                        array = np.array(values(name, shape).astype(descr.replace('<', '>') if mark else descr), order=order)
                        entries[f'{name}{mark}_{order}_v{version}_{text}'] = npy(array, (version, 0))
    for name in ('i1', 'i2', 'u1', 'u2', 'u8', 'f2', 'U3', 'S2', 'M8[D]'):
        entries[f'other_{name}'] = npy(np.zeros(3, name), (1, 0))
    entries['other_structure'] = npy(np.zeros(3, [('a', '<i4'), ('b', '<f8')]), (1, 0))
    entries['other_rank9'] = npy(np.zeros((1,) * 9), (1, 0))
    target = pathlib.Path(__file__).parents[2] / 'data' / 'reference' / 'numpy_files.npz'
    with zipfile.ZipFile(target, 'w') as archive:
        for i, (name, data) in enumerate(entries.items()):
            info = zipfile.ZipInfo(name + '.npy')  # of 1 January 1980: the same file each time
            info.compress_type = zipfile.ZIP_DEFLATED if i % 3 else zipfile.ZIP_STORED
            archive.writestr(info, data)


if __name__ == '__main__':
    main()
