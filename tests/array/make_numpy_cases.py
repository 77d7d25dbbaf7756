#!/usr/bin/env python3
"""Makes data/reference/numpy_cases.npz: what NumPy 2 answers to several thousand calls, which tests/array/numpy_test.cpp repeats on
every device. Needs numpy, scipy and mpmath; the same file each time.

The archive holds one pool of elements for each type, and `cases`: text, padded to whole uint32. A line is

    function argument ... = result [~ bound]        or        function argument ... ! message

An array is written d@120(3,4)[::2]T(1,0): type code, place in the pool, shape, then indexing and transposition in order.
d#7(100000) has elements of `generated` with seed 7. k5, r0.5, bTrue, z1.0,-2.0 are numbers without a NumPy type; other arguments
are words. A bound is an absolute error that is allowed on top of the function's tolerance, by element.

Functions of real numbers are computed in 40 digits by mpmath and rounded once, as NumPy's differ by a few units of the last place
between processors; that they are near NumPy's is asserted here. Functions of float32 are those of the same number as float64,
rounded. Sums are exact sums, rounded, with the bound of the library's tree.
"""
import fractions
import itertools
import math
import pathlib
import sys

import mpmath
import numpy as np
import scipy.special

mpmath.mp.dps = 40
np.seterr(all='ignore')

CODES = {'bool': 'b', 'int32': 'i', 'uint32': 'u', 'int64': 'l', 'float32': 'f', 'float64': 'd', 'complex64': 'F', 'complex128': 'D'}
TYPES = {code: np.dtype(name) for name, code in CODES.items()}
ALL, REAL, FLOATING, INTEGER = 'biulfdFD', 'biulfd', 'fd', 'iul'
EPS = {'f': 2.0**-23, 'F': 2.0**-23, 'd': 2.0**-52, 'D': 2.0**-52}
inf, nan = math.inf, math.nan


class Pool:
    """Elements of one type, each run of them once."""

    def __init__(self):
        self.parts, self.size, self.known = [], 0, {}

    def put(self, a):
        data = a.tobytes()
        if data not in self.known:
            self.known[data] = self.size
            self.parts.append(a.ravel())
            self.size += a.size
        return self.known[data]


pools = {code: Pool() for code in CODES.values()}
lines = []


def code_of(a):
    return CODES[a.dtype.name]


def shape_text(shape):
    return '(' + ','.join(map(str, shape)) + ')'


class Arg:
    """An argument: its value, and how it is written."""

    def __init__(self, value, text):
        self.value, self.text = value, text

    def __getitem__(self, view):
        return Arg(eval('x' + view, {'x': self.value}), self.text + view.replace(' ', ''))

    def T(self, *order):
        return Arg(self.value.transpose(order), self.text + 'T' + shape_text(order))


def stored(a):
    a = np.array(a)  # also 0-d ones
    return f'{code_of(a)}@{pools[code_of(a)].put(np.ascontiguousarray(a))}{shape_text(a.shape)}'


def A(values, code=None, shape=None):
    a = np.array(values, dtype=TYPES[code] if code else None)
    if shape is not None:
        a = a.reshape(shape)
    return Arg(a, stored(a))


def generated(code, seed, shape):
    """splitmix64 (Steele, Lea, Flood 2014): numbers in [-1, 1), small integers, or parts of complex numbers alternating."""
    count = math.prod(shape) * (2 if code in 'FD' else 1)
    z = (np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed << 32)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    if code == 'b':
        return (z >> np.uint64(63)).astype(bool).reshape(shape)
    if code in 'iul':
        return ((z >> np.uint64(40)).astype(np.int64) - (0 if code == 'u' else 1 << 23)).astype(TYPES[code]).reshape(shape)
    x = (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0
    if code in 'fF':
        x = x.astype(np.float32)
    return x.view(TYPES[code]).reshape(shape)


def G(code, seed, *shape):
    return Arg(generated(code, seed, shape), f'{code}#{seed}{shape_text(shape)}')


def number(x):
    if isinstance(x, bool):
        return Arg(x, f'b{x}')
    if isinstance(x, int):
        return Arg(x, f'k{x}')
    if isinstance(x, complex):
        return Arg(x, f'z{x.real!r},{x.imag!r}')
    return Arg(x, f'r{x!r}')


def word(x):
    return Arg(x, str(x))


def line(name, args, outcome):
    lines.append(' '.join([name, *(a.text for a in args), outcome]))


def expect(name, args, result, bound=None):
    result = np.asarray(result)
    if result.dtype == np.uint64:
        result = result.astype(np.int64)
    if result.dtype == np.float16:
        result = result.astype(np.float64)
    text = '= ' + stored(result)
    if bound is not None:
        bound = np.broadcast_to(np.asarray(bound, np.float64), result.shape)
        mantissa, exponent = np.frexp(np.where(np.isfinite(bound), bound, 0.0))
        text += ' ~ ' + stored(np.ldexp(np.ceil(mantissa * 32) / 32, exponent))  # up to the next of 5 bits, which packs well
    line(name, args, text)


def refuse(name, args, f=None, message=None):
    """The message is NumPy's own."""
    if message is None:
        try:
            f(*(a.value for a in args))
        except Exception as problem:
            message = str(problem).strip()
        else:
            raise SystemExit(f'{name} {[a.text for a in args]}: NumPy does not refuse')
    line(name, args, '! ' + message)


def check(name, f, *args, bound=None):
    expect(name, args, f(*(a.value for a in args)), bound)


# ---- values ----------------------------------------------------------------------------------------------------------------
D_SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 1.5, -1.5, 2.5, -2.5, 3.0, 7.25, -7.25, 0.1, 1e-300, -1e300, 1e300, 5e-324,
             -5e-324, 2.2250738585072014e-308, 1e-5, 1e5, inf, -inf, nan, math.pi, 1 - 2.0**-53, 1 + 2.0**-52, 2.0**53, -2.0**53 - 2,
             4503599627370497.5, 123456.789]
D_FUNCTION = D_SPECIAL + [709.78, 709.79, -708.5, -745.13, -745.14, 36.0, -36.0, 0.25, 0.75, 0.9999, 1e-10, -1e-10, 1e-17, 1e22, -5.5,
                          -8.0, -37.0, -38.4, 26.5, 27.2, 5.9, 19.0, 22.5, math.pi / 2, 1.5 * math.pi, 1e15, 3e9, 0.3, 0.7, 0.02425,
                          0.97575, 1e-200, 1e-320, 0.35, -0.35, 0.8, 1.25, 2.3, 4.0, 6.0, -3.0, 1.7e308]
F_SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.5, 1.5, -1.5, 3.0, 7.25, -7.25, 0.1, 1e-30, -1e30, 1e30, 1e-45, -1e-45,
             1.1754944e-38, 1e5, inf, -inf, nan, 3.4028235e38, 8388609.5, 16777216.0, 123456.789]
F_FUNCTION = F_SPECIAL + [88.7, 88.8, -87.4, -103.9, -104.0, 0.25, 0.75, 0.9999, 1e-10, 3.1415927, 1.5707964, 9.1, 10.05, 4.0, -3.0, -13.0,
                          -14.2, 0.3, 0.7, 0.02, 1e6, 1e20]
I_SPECIAL = [0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 31, 32, 100, -100, 46341, 65536, -65536, 2**31 - 1, -2**31, -2**31 + 1]
U_SPECIAL = [0, 1, 2, 3, 7, 10, 31, 32, 100, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 2]
L_SPECIAL = I_SPECIAL + [2**31, 2**32, -2**32 - 5, 2**53 + 1, 2**62, 2**63 - 1, -2**63, -2**63 + 1, 3037000500]
Z_SPECIAL = [0j, 1 + 0j, -1 + 0j, 1j, -1j, 1 + 1j, 3 - 4j, -3 + 4j, 0.5 - 2j, 1e-3 + 1e3j, 2.5 + 0.25j, -1.5 - 0.1j, complex(-0.0, 2.0),
             complex(2.0, -0.0), complex(-4.0, 0.0), complex(-4.0, -0.0), 1e30 + 1e30j, 1e-30 - 1e-30j, 7 + 24j, -5 + 12j]
Z_WILD = [complex(a, b) for a in (0.0, -0.0, 1.0, -2.0, inf, -inf, nan) for b in (0.0, -0.0, 1.5, -1.0, inf, -inf, nan)]
SPECIAL = {'b': [False, True], 'i': I_SPECIAL, 'u': U_SPECIAL, 'l': L_SPECIAL, 'f': F_SPECIAL, 'd': D_SPECIAL, 'F': Z_SPECIAL, 'D': Z_SPECIAL}
MODEST = {  # eleven values that every other type can hold, or nearly
    'b': [True, False, True, True, False, False, True, False, True, True, False], 'i': [0, 1, -2, 3, -7, 10, 100, -31, 5, 2**30, -1],
    'u': [3, 1, 2, 0, 7, 10, 100, 31, 5, 2**31 + 5, 1], 'l': [1, -1, 3, 2, -7, 10, -100, 31, 5, 2**40, 0],
    'f': [0.5, -1.0, 2.0, 3.25, -7.0, 0.0, 100.0, nan, 5.5, inf, 0.1], 'd': [2.0, 0.5, -1.0, 0.0, -7.5, 1e-3, 1e3, 31.0, nan, -inf, 0.1],
    'F': [1 + 2j, -1 + 0j, 0.5j, 3 - 1j, -7 + 7j, 0j, 2 + 2j, 31 - 1j, 5 + 0.5j, 0.25j, 1 - 1j],
    'D': [2 - 1j, 1j, 0.5 + 0j, -3 - 1j, 7 + 7j, 1 + 0j, 2 - 2j, -31 + 1j, 0j, 1e3 + 1j, 0.1 + 0.1j]}


def typed(values, code):
    return A(np.array(values).astype(TYPES[code]) if code in 'fF' else np.array(values, TYPES[code]))


def views(code, seed):
    """The same elements in ways that need care: strides, backwards, transposed, repeated, none, one."""
    square = G(code, seed, 7, 9)
    cube = G(code, seed + 1, 3, 4, 5)
    return [square['[::2]'], square['[:,::-1]'], square.T(1, 0), square['[::-2,1:8:3]'], square['[3]'], square['[:,4]'],
            square['[2,3]'], square['[1:1]'], square['[None,:,None,2:4]'], cube.T(2, 0, 1), cube['[...,1]'], cube['[::-1,::-1,::-1]'],
            cube['[1:,:,::2]'].T(1, 2, 0), cube['[:,1:2]']]


# ---- creation --------------------------------------------------------------------------------------------------------------
def creation():
    for code in 'iulfd':
        for start, stop, step in [(0, 10, 1), (3, 17, 4), (5, 5, 1), (0, 1000, 7), (1, 2, 5)] + ([(10, 0, -3), (-5, 6, 2), (7, 3, 1)] if code != 'u' else []):
            t = TYPES[code].type
            n = np.arange(t(start), t(stop), t(step) if step > 0 else step, dtype=t).size
            expect('arange', [word(code), number(start), number(stop), number(step)], t(start) + np.arange(n).astype(t) * np.array(step).astype(t))
    for code, start, stop, step in [('d', 0.0, 1.0, 0.1), ('d', 1.0, 0.0, -0.3), ('f', 0.0, 1.0, 0.25), ('d', -1.5, 7.25, 0.75), ('d', 0.0, 1e-3, 1e-5)]:
        t = TYPES[code].type
        n = np.arange(start, stop, step).size
        expect('arange', [word(code), number(start), number(stop), number(step)], t(start) + np.arange(n).astype(t) * t(step))
    for code in FLOATING:
        for start, stop, count in itertools.product((0.0, -3.5, 1.0), (1.0, 7.25, 1.0 / 3.0), (0, 1, 2, 3, 7, 50, 257)):
            start, stop = TYPES[code].type(start), TYPES[code].type(stop)
            expect('linspace', [word(code), number(float(start)), number(float(stop)), word(count)],
                   np.linspace(np.float64(start), np.float64(stop), count).astype(TYPES[code]))
    for code in ALL:
        for rows, columns, k in [(3, 3, 0), (4, 2, 1), (2, 5, -1), (1, 1, 0), (0, 3, 0), (3, 3, 5), (3, 3, -5), (33, 17, 2)]:
            expect('eye', [word(code), word(rows), word(columns), word(k)], np.eye(rows, columns, k, dtype=TYPES[code]))
        for shape in [(), (0,), (3,), (2, 3), (2, 0, 3), (1, 1, 1, 1, 1, 1, 1, 2), (300,)]:
            expect('full', [word(code), word(shape_text(shape)), number(1)], np.full(shape, 1, TYPES[code]))
            expect('zeros', [word(code), word(shape_text(shape))], np.zeros(shape, TYPES[code]))


# ---- element by element ----------------------------------------------------------------------------------------------------
def complex_product(a, b):
    t = np.result_type(a, b)
    a, b = np.broadcast_arrays(a.astype(t), b.astype(t))
    r = np.empty(a.shape, t)
    r.real = a.real * b.real - a.imag * b.imag
    r.imag = a.real * b.imag + a.imag * b.real
    return r


def in_double(f):
    """Of float32 the function of the same numbers in double, rounded once."""
    def g(*x):
        t = np.result_type(*x)
        return f(*(v.astype(np.float64) for v in x)).astype(np.float32) if t == np.float32 else f(*x)
    return g


def rounded(x):
    """Of a number of 40 digits; subnormal ones too."""
    return mpmath.mpf(x) if x == 0 else float(x) if abs(x) > mpmath.mpf(2)**-1021 else float(fractions.Fraction(int(mpmath.nint(x * mpmath.mpf(2)**1074)), 2**1074))


def sharpened(f, exact, near=16):
    """NumPy's special values; elsewhere the exact function, rounded."""
    def g(*x):
        t = np.result_type(*x)
        wide = np.broadcast_arrays(*(v.astype(np.float64) for v in x))
        r = np.array(f(*wide))
        plain = np.isfinite(r) & np.logical_and.reduce([np.isfinite(v) for v in wide])
        for i in zip(*np.nonzero(plain)) if r.ndim else ([()] if plain else []):
            values = [float(v[i]) for v in wide]
            if r[i] == 0 and all(v == 0 for v in values):
                continue
            y = exact(*(mpmath.mpf(v) for v in values))
            y = float(rounded(y)) if y != 0 else r[i]
            if not (abs(y - r[i]) <= near * max(np.spacing(abs(y)), 5e-324)) and np.isfinite(y):
                raise SystemExit(f'{f} of {values}: NumPy has {r[i]!r}, exact is {y!r}')
            r[i] = math.copysign(y, r[i]) if y == 0 else y
        return r.astype(np.float32) if t == np.float32 else r
    return g


def by_math(f):
    return np.vectorize(f, otypes=[np.float64])


def phi_inverse(p):
    """Newton's method on the normal distribution in 60 digits."""
    with mpmath.workdps(60):
        x = mpmath.mpf(float(scipy.special.ndtri(float(p))))
        for _ in range(6):
            d = mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)
            x -= (mpmath.erfc(-x / mpmath.sqrt(2)) / 2 - p) / d
        return x


def erfc_exact(x):
    return mpmath.mpf(0) if x > 40 else mpmath.mpf(2) if x < -40 else mpmath.erfc(x)


def ndtr_exact(x):
    with mpmath.workdps(60):
        return erfc_exact(-x / mpmath.sqrt(2)) / 2


def cbrt_exact(x):
    return mpmath.sign(x) * mpmath.cbrt(abs(x))


def with_precision(f):
    """Enough digits for the reduction of huge angles."""
    def g(x):
        with mpmath.workdps(60 + (int(abs(mpmath.log(abs(x), 10))) if x != 0 else 0)):
            return f(x)
    return g


UNARY = {  # name -> (function, types)
    'negative': (np.negative, 'iulfdFD'), 'invert': (np.invert, 'biul'), 'sign': (np.sign, 'iulfd'), 'conj': (np.conj, 'iulfdFD'),
    'floor': (np.floor, 'iulfd'), 'ceil': (np.ceil, 'iulfd'), 'trunc': (np.trunc, 'iulfd'), 'rint': (lambda x: np.rint(x).astype(x.dtype), 'fd'),
    'abs': (np.abs, 'biulfd'), 'real': (np.real, 'iulfdFD'), 'imag': (np.imag, 'iulfdFD'), 'logical_not': (np.logical_not, ALL),
    'isnan': (np.isnan, ALL), 'isinf': (np.isinf, ALL), 'isfinite': (np.isfinite, ALL), 'sqrt': (np.sqrt, 'iulfd'),
    'square': (lambda x: complex_product(x, x) if x.dtype.kind == 'c' else x * x, 'iulfdFD')}
FUNCTIONS = {
    'exp': sharpened(np.exp, mpmath.exp), 'expm1': sharpened(np.expm1, mpmath.expm1), 'log': sharpened(np.log, mpmath.log),
    'log1p': sharpened(np.log1p, lambda x: mpmath.log1p(x)), 'sin': sharpened(np.sin, with_precision(mpmath.sin)),
    'cos': sharpened(np.cos, with_precision(mpmath.cos)), 'tan': sharpened(np.tan, with_precision(mpmath.tan)),
    'tanh': sharpened(np.tanh, with_precision(mpmath.tanh)), 'cbrt': sharpened(np.cbrt, cbrt_exact),
    'erf': sharpened(by_math(math.erf), with_precision(mpmath.erf)), 'erfc': sharpened(by_math(math.erfc), erfc_exact)}
BINARY = {
    'add': (np.add, ALL), 'subtract': (np.subtract, 'iulfdFD'), 'floor_divide': (in_double(np.floor_divide), 'iulfd'),
    'multiply': (lambda a, b: complex_product(a, b) if np.result_type(a, b).kind == 'c' else np.multiply(a, b), ALL),
    'remainder': (in_double(np.remainder), 'iulfd'), 'minimum': (np.minimum, ALL), 'maximum': (np.maximum, ALL),
    'bitwise_and': (np.bitwise_and, 'biul'), 'bitwise_or': (np.bitwise_or, 'biul'), 'bitwise_xor': (np.bitwise_xor, 'biul'),
    'less': (np.less, ALL), 'less_equal': (np.less_equal, ALL), 'greater': (np.greater, ALL), 'greater_equal': (np.greater_equal, ALL),
    'equal': (np.equal, ALL), 'not_equal': (np.not_equal, ALL), 'logical_and': (np.logical_and, ALL), 'logical_or': (np.logical_or, ALL),
    'logical_xor': (np.logical_xor, ALL)}


def quotient(a, b):
    """NumPy's bool and small integers give float16 and float32; here every quotient of integers is float64."""
    t = np.result_type(a, b)
    t = t if t.kind in 'fc' else np.dtype(np.float64)
    return np.divide(a.astype(t), b.astype(t))


real_power = sharpened(np.power, mpmath.power)


def power(a, b):
    t = np.result_type(a, b)
    return np.power(a, b) if t.kind in 'iu' else real_power(a.astype(t), b.astype(t))


def elementwise():
    for name, (f, types) in UNARY.items():
        for code in types:
            check(name, f, typed(SPECIAL[code], code))
            if code in 'FD' and name not in ('square',):
                check(name, f, typed(Z_WILD, code))
            for x in views(code, 11):
                check(name, f, x)
    for code in INTEGER:  # NumPy gives float64
        expect('rint', [typed(SPECIAL[code], code)], typed(SPECIAL[code], code).value)
    for name, f in FUNCTIONS.items():
        for code, values in [('d', D_FUNCTION), ('f', F_FUNCTION), ('i', [0, 1, -1, 2, 5, -3, 40]), ('u', [0, 1, 2, 5, 40]), ('l', [0, 1, -1, 2, 5, -3, 40]), ('b', [False, True])]:
            check(name, f, typed(values, code))
        for code in FLOATING:
            for x in views(code, 13)[:8]:
                check(name, f, x)
    for code, values in [('d', D_FUNCTION), ('f', F_FUNCTION)]:
        check('norm_cdf', cdf, typed(values, code))
        inside = [p for p in values if 0 < p < 1] + [0.0, 1.0, -0.5, 1.5, nan, 0.999999, 1e-6, 0.5, 0.501]
        check('inverse_norm_cdf', inverse_cdf, typed(inside, code))
        for x in views(code, 13)[:4]:
            check('norm_cdf', cdf, x)
    for code in 'FD':  # parts of a complex result share an error bound of its size
        for values in (Z_SPECIAL, Z_WILD):
            z = typed(values, code)
            eps = EPS[code]
            check('abs', lambda x: np.abs(x.astype(np.complex128)).astype(x.real.dtype), z, bound=2 * eps * np.abs(z.value))
            check('sqrt', lambda x: np.sqrt(x.astype(np.complex128)).astype(x.dtype), z, bound=4 * eps * np.abs(np.sqrt(z.value)))
            small = typed([v for v in values if not abs(v.real) > 1e3 or abs(v.real) == inf], code)
            r = np.exp(small.value.astype(np.complex128)).astype(small.value.dtype)
            expect('exp', [small], r, bound=4 * eps * np.abs(r))
        z = typed([v for v in Z_SPECIAL if v != 0], code)
        r = np.sign(z.value.astype(np.complex128)).astype(z.value.dtype)
        expect('sign', [z], r, bound=4 * eps * np.abs(r))
        expect('sign', [typed([0j, complex(-0.0, 0.0)], code)], np.zeros(2, TYPES[code]))
    for name, (f, types) in BINARY.items():
        for code in types:
            x = typed(SPECIAL[code], code)
            check(name, f, x['[:,None]'], x['[None,:]'])
            for a, b in zip(views(code, 17), views(code, 19)):
                check(name, f, a, b)
        for a, b in itertools.product(ALL, ALL):
            if a != b and set(np.result_type(TYPES[a], TYPES[b]).name.split()) and code_of(np.empty(0, np.result_type(TYPES[a], TYPES[b]))) in types:
                check(name, f, typed(MODEST[a], a), typed(MODEST[b], b))
    for a, b in itertools.product(ALL, ALL):
        x, y = typed(MODEST[a], a), typed(MODEST[b], b)
        t = np.result_type(x.value, y.value)
        if t.kind == 'c':
            y = typed([v for v in MODEST[b]], b)
            r = quotient(x.value, y.value)
            expect('divide', [x, y], r, bound=4 * np.finfo(t).eps * np.abs(r))
        else:
            check('divide', quotient, x, y)
            if a != 'b' or b != 'b':
                if t.kind in 'iu':
                    y = typed(np.abs(np.array(MODEST[b]).astype(np.int64)) % 40, b)
                check('power', power, x, y)
    for code in 'fd':
        x = typed(SPECIAL[code], code)
        check('divide', quotient, x['[:,None]'], x['[None,:]'])
        y = typed(D_FUNCTION if code == 'd' else F_FUNCTION, code)
        check('power', power, y['[:,None]'], typed([0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -2.0, -3.0, 0.5, -0.5, 0.1, 1 / 3, 1.5, 10.0, 101.0, 1000.5, inf, -inf, nan], code)['[None,:]'])
    for code in 'FD':
        x = typed(Z_SPECIAL, code)
        r = quotient(x.value[:, None], x.value[None, :])
        expect('divide', [x['[:,None]'], x['[None,:]']], r, bound=4 * EPS[code] * np.abs(r))
    for code in INTEGER:
        check('power', power, typed(SPECIAL[code], code)['[:,None]'], typed([0, 1, 2, 3, 5, 8, 31, 64], code)['[None,:]'])
        x = typed(SPECIAL[code], code)
        check('divide', quotient, x['[:,None]'], x['[None,:]'])
    # numbers beside arrays are weak
    numbers = [number(2), number(-3), number(0.5), number(True), number(1 + 2j)]
    for code in ALL:
        x = typed(MODEST[code], code)
        for n in numbers:
            if isinstance(n.value, bool) and code == 'b' or isinstance(n.value, int) and n.value < 0 and code == 'u':
                continue
            t = np.result_type(TYPES[code], n.value) if code != 'b' or not isinstance(n.value, int) or isinstance(n.value, bool) else np.dtype(np.int64)
            y = Arg(np.array(n.value).astype(t), '')
            for name, types in [('add', ALL), ('subtract', 'iulfdFD'), ('multiply', ALL), ('less', ALL), ('equal', ALL), ('maximum', ALL), ('floor_divide', 'iulfd'), ('remainder', 'iulfd')]:
                if code_of(np.empty(0, t)) in types:
                    f = BINARY[name][0]
                    expect(name + '_number', [x, n], f(x.value, y.value))
                    expect('number_' + name, [n, x], f(y.value, x.value))
            if t.kind != 'c':
                expect('divide_number', [x, n], quotient(x.value, y.value))
    for code in ALL:
        c = typed(MODEST['b'], 'b')
        for other in ALL:
            check('where', np.where, c, typed(MODEST[code], code), typed(MODEST[other][::-1], other))
        check('where', np.where, G('b', 3, 4, 1), G(code, 4, 3), G(code, 5, 4, 3))
        check('where', np.where, G('b', 3, 7, 9)['[::-1,::2]'], G(code, 4, 7, 5)['[::-1]'], G(code, 5, 7, 1))
        if code in 'iulfd':
            x = typed(SPECIAL[code], code)
            check('clip', np.clip, x, A(2, code), A(9, code))
            check('clip', np.clip, x, A([1] * len(x.value), code)['[::-1]'], A(3, code))
            if code in 'fd':
                check('clip', np.clip, x, A(nan, code), A(3, code))
            if code != 'u':
                expect('clip_number', [x, number(-3), number(5)], np.clip(x.value, np.array(-3, TYPES[code]), np.array(5, TYPES[code])))
    for code, values in [('d', [0.0, -0.0, 1.0, -1.0, 0.1, 1 + 2.0**-52, 1 - 2.0**-53, 1e300, 1e-300, 5e-324, inf, -inf, nan, 3.0]),
                         ('f', [0.0, -0.0, 1.0, -1.0, 0.1, 1 + 2.0**-23, 1e30, 1e-30, 1e-45, inf, -inf, nan, 3.0])]:
        x = typed(values, code)
        n = len(values)
        args = [x['[:,None,None]'], x['[None,:,None]'], x['[None,None,:]']]
        expect('fma', args, np.array([fused(a, b, c, code) for a, b, c in itertools.product(x.value, x.value, x.value)], TYPES[code]).reshape(n, n, n))


def cdf(x):
    return sharpened(scipy.special.ndtr, ndtr_exact, 4096)(x)


def inverse_cdf(x):
    wide = x.astype(np.float64)
    r = scipy.special.ndtri(wide)
    for i, p in enumerate(wide):
        if 0 < p < 1:
            r[i] = float(phi_inverse(mpmath.mpf(float(p))))
    return r.astype(x.dtype)


def fused(a, b, c, code):
    a, b, c = float(a), float(b), float(c)
    if not all(map(math.isfinite, (a, b, c))):
        return c if math.isfinite(a) and math.isfinite(b) else a * b + c
    exact = fractions.Fraction(a) * fractions.Fraction(b) + fractions.Fraction(c)
    if exact == 0:  # the sign of zero by the rules of the separate operations
        product = math.copysign(0.0, a) * math.copysign(1.0, b) if a == 0 or b == 0 else a * b
        return product + c if a == 0 or b == 0 else 0.0
    if code == 'd':
        try:
            return float(exact)
        except OverflowError:
            return inf if exact > 0 else -inf
    return nearest_float(exact)


def nearest_float(exact):
    sign, x = (-1 if exact < 0 else 1), abs(exact)
    e = max(math.floor(math.log2(x)) if 1e-300 < x < 1e300 else 127, -126)
    while fractions.Fraction(2)**e > x and e > -126:
        e -= 1
    unit = fractions.Fraction(2)**(e - 23)
    n = round(x / unit)  # halves to even
    y = n * unit
    return sign * (inf if y >= fractions.Fraction(2)**128 else float(y))


def conversion():
    for a, b in itertools.product(ALL, ALL):
        values = np.array(SPECIAL[a], TYPES[a])
        if b in INTEGER and a in 'fdFD':  # out of range NumPy's answer depends on the processor; see the test
            real = values.real
            info = np.iinfo(TYPES[b])
            low, high = (0 if b == 'u' else float(info.min)), float(info.max)
            values = values[np.isfinite(real) & (real > low - (0.5 if b != 'l' else 0)) & (real < high)]
            values = np.concatenate([values, np.array([0.99, 1.99, 2.5, 3.999, 1e6 + 0.5] + ([] if b == 'u' else [-0.99, -1.99, -1e6 - 0.5])).astype(TYPES[a])])
        check('astype', lambda x, t: x.astype(TYPES[t]), Arg(values, stored(values)), word(b))
        for x in views(a, 23)[:10]:
            if not (b == 'u' and a in 'fdFD'):
                check('astype', lambda x, t: x.astype(TYPES[t]), x, word(b))


def broadcasting():
    shapes = [((3,), (3,)), ((3,), (1,)), ((3,), ()), ((), ()), ((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 1), (1, 3)), ((4, 1, 3), (2, 1)),
              ((0,), (1,)), ((0,), ()), ((3, 0), (1,)), ((3, 0), (3, 1)), ((1, 0), (4, 1)), ((5, 1, 7), (1, 6, 1)), ((2, 3, 4), (4,)), ((2, 3, 4), (3, 1)),
              ((2, 3, 4), (2, 1, 1)), ((1, 1, 1, 1, 1, 1, 1, 2), (3, 1)), ((300, 1), (1, 300)), ((257,), (2, 257)), ((1,), (1, 1, 1)), ((33, 1, 65), (17, 1))]
    for i, (a, b) in enumerate(shapes):
        for code in 'dilFb':
            for name in ('add', 'multiply', 'maximum', 'less'):
                if a == (300, 1) and (code != 'l' or name != 'less') or a == (33, 1, 65) and code != 'b':
                    continue
                check(name, BINARY[name][0], G(code, 31 + i, *a), G(code, 67 + i, *b))
                check(name, BINARY[name][0], G(code, 67 + i, *b), G(code, 31 + i, *a))
    for a, b in [((3,), (4,)), ((2, 3), (2,)), ((2, 3), (3, 2)), ((0,), (2,)), ((4, 1, 3), (2, 2)), ((2, 2, 2, 2, 2, 2, 2, 2), (3,))]:
        for name in ('add', 'less', 'logical_and', 'divide'):
            f = np.divide if name == 'divide' else BINARY[name][0]
            refuse(name, [G('d', 1, *a), G('d', 2, *b)], f)
    for name, a in [('where', 1)]:
        for shapes3 in [((2,), (3,), (3,)), ((3,), (2,), (3,)), ((3,), (3,), (2,))]:
            # NumPy lists all three shapes; here the two that do not fit
            x = [G('b', 1, *shapes3[0]), G('d', 1, *shapes3[1]), G('d', 2, *shapes3[2])]
            refuse(name, x, message='operands could not be broadcast together with shapes (')


# ---- indexing --------------------------------------------------------------------------------------------------------------
INDICES = {
    (10,): ['[3]', '[-1]', '[2:7]', '[:]', '[::-1]', '[::3]', '[8:2:-2]', '[-3:]', '[:-4]', '[20:]', '[-20:3]', '[5:5]', '[7:2]', '[2:7:-1]', '[None]', '[...]', '[:,None]',
            '[None,3]', '[...,2]', '[2,...]', '[9:0:-4]', '[-1:-11:-1]', '[::100]', '[::-100]', '[3:4]'],
    (4, 6): ['[1]', '[1,2]', '[-1,-6]', '[:,2]', '[1:3]', '[1:3,::2]', '[::-1,::-1]', '[::2,1:6:2]', '[...,0]', '[0,...]', '[None,1]', '[1,None]', '[:,None,:]', '[...,None]',
             '[2:1]', '[:,3:3]', '[3,::-1]', '[::-3,4::-2]', '[None,None,...]', '[...,1:2,None]', '[-2:,-2:]', '[:,-1]', '[3:0:-1,0]'],
    (3, 4, 5): ['[0]', '[0,1]', '[0,1,2]', '[...,-1]', '[:,1]', '[:,:,1]', '[1:,::2,::-1]', '[...,1,:]', '[0,...,0]', '[::-1]', '[:,::-2]', '[None,:,0,None,:]', '[2,:,1:4]',
                '[:,3:0:-1,::2]', '[1,...]', '[0:0]', '[:,1,None,...,::3]'],
    (): ['[...]', '[None]', '[None,...,None]'],
    (2, 0, 3): ['[0]', '[:,:,1]', '[::-1]', '[1,...]', '[:,0:0]'],
    (2, 1, 3, 1, 2): ['[1,0,2,0,1]', '[...,0,1]', '[:,0,::-1]', '[1,...,1]', '[None,...]', '[:,:,::2,:,::-1]'],
    (300,): ['[::2]', '[::-1]', '[17:270]', '[299:0:-7]'],
    (21, 23): ['[::2]', '[:,::-1]', '[3:17,5:20]', '[::-1,::3]'],
}


def indexing():
    for shape, list_ in INDICES.items():
        for code in ('l' if math.prod(shape) > 200 else 'bifdD'):
            x = G(code, 5, *shape)
            for index in list_:
                expect('index', [x, word(index)], x[index].value)
        for index in list_:
            for code in ('d' if math.prod(shape) > 200 else 'bld'):
                x = G(code, 6, *shape)
                part = x[index].value
                assigned(x, index, G(code, 7, *part.shape))
                if part.ndim:
                    assigned(x, index, G(code, 8, *part.shape[1:]))
                if code != 'b':
                    assigned(x, index, number(3))
            x = G('d', 6, *shape)
            assigned(x, index, G('i', 7, *x[index].value.shape))  # cast on the way in
            for name, f in [('add', np.add), ('subtract', np.subtract), ('multiply', np.multiply), ('divide', np.divide)]:
                y = G('d', 9, *x[index].value.shape)
                updated(name, f, x, index, y)
                updated(name, f, x, index, number(0.5))
            updated('add', np.add, G('l', 6, *shape), index, number(3))
    for shape, a, b in [((10,), '[1:]', '[:-1]'), ((10,), '[:-1]', '[1:]'), ((10,), '[::-1]', '[:]'), ((10,), '[::2]', '[5:]'), ((10,), '[2:8]', '[7:1:-1]'), ((6, 6), '[:,:]', 'T'),
                        ((6, 6), '[1:]', '[:-1]'), ((6, 6), '[:,::-1]', '[:]'), ((600,), '[1:]', '[:-1]'), ((600,), '[:-1]', '[1:]'), ((35, 35), '[:]', 'T'), ((5, 4), '[0]', '[1]'),
                        ((5, 4), '[:]', '[2]'), ((5, 4), '[:]', '[:,1:2]')]:
        for code in 'dlb':
            x = G(code, 41, *shape)
            source = x.value.T if b == 'T' else x[b].value
            r = x.value.copy()
            exec(f'r{a} = s', {'r': r, 's': source.copy()})
            expect('assign_overlapping', [x, word(a), word('[:,:]T(1,0)' if b == 'T' else b)], r)
            r = x.value.copy()
            exec(f'r{a} = r{a} + s', {'r': r, 's': source.copy()})
            expect('add_overlapping', [x, word(a), word('[:,:]T(1,0)' if b == 'T' else b)], r)
    # masks
    for shape in [(10,), (4, 6), (3, 4, 5), (0,), (2, 0), (1,), (600,), (20, 31)]:
        for code in ('l' if math.prod(shape) > 200 else ALL):
            x = G(code, 51, *shape)
            masks = [G('b', 52, *shape[:d]) for d in range(1, len(shape) + 1)] + [A(np.zeros(shape, bool)), A(np.ones(shape, bool))]
            for m in masks:
                part = x.value[m.value]
                expect('mask', [x, m], part)
                y = G(code, 53, *part.shape)
                r = x.value.copy()
                r[m.value] = y.value
                expect('assign_mask', [x, m, y], r)
                r = x.value.copy()
                r[m.value] = x.value.dtype.type(1)
                expect('assign_mask', [x, m, A(1, code)], r)
                if code != 'b':
                    expect('assign_mask', [x, m, number(1)], r)
                if part.ndim > 1:
                    y = G(code, 54, *part.shape[1:])
                    r = x.value.copy()
                    r[m.value] = y.value
                    expect('assign_mask', [x, m, y], r)
    x = G('d', 55, 8, 9)
    for view in ('[::-1,::2]', '[:,3]', '[1:7,1:8]'):
        v = x[view]
        expect('mask', [v, G('b', 56, *v.value.shape)], v.value[generated('b', 56, v.value.shape)])
    v = x.T(1, 0)
    expect('mask', [v, G('b', 56, 9, 8)], v.value[generated('b', 56, (9, 8))])
    expect('mask', [v, G('b', 56, 8, 9).T(1, 0)], v.value[generated('b', 56, (8, 9)).T])
    # what is refused
    for shape, index in [((10,), '[10]'), ((10,), '[-11]'), ((4, 6), '[4]'), ((4, 6), '[0,6]'), ((4, 6), '[:,-7]'), ((3, 4, 5), '[0,0,5]'), ((2, 0, 3), '[0,0]')]:
        refuse('index', [G('d', 5, *shape), word(index)], lambda a, i: eval('a' + i))
    for shape, index in [((10,), '[1,2]'), ((4, 6), '[1,2,3]'), ((), '[0]'), ((4, 6), '[...,1,2,3]'), ((4, 6), '[:,:,:]')]:
        refuse('index', [G('d', 5, *shape), word(index)], lambda a, i: eval('a' + i))
    refuse('index', [G('d', 5, 4, 6), word('[...,...]')], lambda a, i: eval('a' + i))
    refuse('index', [G('d', 5, 10), word('[::0]')], lambda a, i: eval('a' + i))
    for shape, index, value in [((10,), '[1:4]', (4,)), ((4, 6), '[:]', (4,)), ((4, 6), '[1]', (2, 6)), ((4, 6), '[:,1]', (3,))]:
        refuse('assign', [G('d', 5, *shape), word(index), G('d', 6, *value)], lambda a, i, v: exec('a' + i + '=v', {'a': a.copy(), 'v': v}))
    refuse('mask', [G('d', 1, 4, 6), G('b', 1, 4, 5)], message='boolean index did not match indexed array')
    refuse('mask', [G('d', 1, 4), G('b', 1, 4, 1)], message='')
    refuse('assign_mask', [G('d', 1, 6), A([True, False, True, False, True, False]), G('d', 1, 2)], message='could not')


def assigned(x, index, y):
    r = x.value.copy()
    exec(f'r{index} = y', {'r': r, 'y': y.value})
    expect('assign', [x, word(index), y], r)


def updated(name, f, x, index, y):
    r = x.value.copy()
    part = eval(f'r{index}', {'r': r})
    value = np.asarray(f(part, np.array(y.value, r.dtype) if not isinstance(y.value, np.ndarray) else y.value)).astype(r.dtype)
    exec(f'r{index} = v', {'r': r, 'v': value})
    expect('update_' + name, [x, word(index), y], r)


def taking():
    for code in ALL:
        for shape, axis in [((10,), 0), ((4, 6), 0), ((4, 6), 1), ((4, 6), -1), ((3, 4, 5), 1)]:
            x = G(code, 61, *shape)
            n = shape[axis]
            for index in ([0, n - 1, -1, 1, -n, 0], [], [2], [[0, 1], [2, -1]], 2):
                for c in ('l' if code != 'd' else 'il'):
                    i = A(index, c)
                    check('take', lambda a, b, k: np.take(a, b, axis=k), x, i, word(axis))
    x = G('d', 62, 9, 8)
    for view in ('[::-1,::2]', '[1:7,::-1]'):
        check('take', lambda a, b, k: np.take(a, b, axis=k), x[view], A([0, 2, -1, 1], 'l')['[::-1]'], word(0))
        check('take', lambda a, b, k: np.take(a, b, axis=k), x[view].T(1, 0), A([[0, 2], [-1, 1]], 'l').T(1, 0), word(1))
    refuse('take', [G('d', 5, 4), A([0, 4], 'l'), word(0)], lambda a, i, k: np.take(a, i, axis=k), 'index 4 is out of bounds')
    refuse('take', [G('d', 5, 4, 3), A([0, -4], 'l'), word(1)], lambda a, i, k: np.take(a, i, axis=k), 'index -4 is out of bounds')
    refuse('take', [G('d', 5, 0), A([0], 'l'), word(0)], lambda a, i, k: np.take(a, i, axis=k))
    refuse('take', [G('d', 5, 4), A([0], 'l'), word(1)], lambda a, i, k: np.take(a, i, axis=k))


# ---- shapes ----------------------------------------------------------------------------------------------------------------
def shapes():
    T = word
    for code in 'dbF':
        cube = G(code, 71, 3, 4, 5)
        for x in (cube, cube.T(2, 0, 1), cube['[::-1]'], cube['[:,::2]'], G(code, 72, 60), G(code, 73, 60)['[::-1]'], G(code, 74, 2, 1, 3, 1, 2)):
            n = x.value.size
            for shape in [(-1,), (n,), (n, 1), (1, n), (2, -1) if n % 2 == 0 else (1, -1), (-1, 3) if n % 3 == 0 else (-1, 1), (2, n // 2) if n % 2 == 0 else (n, 1)]:
                expect('reshape', [x, T(shape_text(shape))], x.value.reshape(shape))
            expect('ravel', [x], x.value.ravel())
            expect('transpose', [x, T('all')], x.value.T)
            expect('squeeze', [x, T('all')], x.value.squeeze())
            expect('flip', [x, T('all')], np.flip(x.value))
            for d in range(-x.value.ndim, x.value.ndim):
                expect('flip', [x, T(d)], np.flip(x.value, d))
                expect('swapaxes', [x, T(0), T(d)], np.swapaxes(x.value, 0, d))
            for d in range(-x.value.ndim - 1, x.value.ndim + 1):
                expect('expand_dims', [x, T(d)], np.expand_dims(x.value, d))
        for order in itertools.permutations(range(3)):
            expect('transpose', [cube, T(shape_text(order))], cube.value.transpose(order))
        expect('transpose', [cube, T('(-1,0,-2)')], cube.value.transpose(-1, 0, -2))
        for axes in ('1', '3', '1,3', '-2'):
            expect('squeeze', [G(code, 74, 2, 1, 3, 1, 2), T(axes)], np.squeeze(generated(code, 74, (2, 1, 3, 1, 2)), tuple(map(int, axes.split(',')))))
        for a, b in [((3,), (2, 3)), ((), (4,)), ((2, 1), (2, 5)), ((1, 3, 1), (4, 3, 2)), ((3,), (0, 3)), ((1,), (3,))]:
            expect('broadcast_to', [G(code, 75, *a), T(shape_text(b))], np.broadcast_to(generated(code, 75, a), b))
        for axis in (0, 1, 2, -1, -3):
            parts = []
            for i, n in enumerate((2, 1, 0, 5)):
                shape = [3, 4, 5]
                shape[axis] = n
                parts.append(G(code, 76 + i, *shape))
            expect('concatenate', [T(axis), *parts], np.concatenate([p.value for p in parts], axis))
        for axis in (0, 1, 2, -1, -3):
            parts = [G(code, 81, 3, 4), G(code, 82, 4, 3).T(1, 0), G(code, 83, 3, 8)['[:,::2]']]
            expect('stack', [T(axis), *parts], np.stack([p.value for p in parts], axis))
        expect('concatenate', [T(0), G(code, 84, 3), G(code, 85, 0), G(code, 86, 1)], np.concatenate([generated(code, 84, (3,)), generated(code, 85, (0,)), generated(code, 86, (1,))]))
        expect('stack', [T(0), G(code, 84), G(code, 85)], np.stack([generated(code, 84, ()), generated(code, 85, ())]))
        for axis, sections in [(0, 3), (1, 2), (1, 4), (2, 5), (-1, 1)]:
            for k, part in enumerate(np.split(cube.value, sections, axis)):
                expect('split', [cube, T(sections), T(axis), T(k)], part)
        for axis, ends in [(0, [1]), (1, [1, 3]), (2, [0, 2, 2, 4]), (2, [3, 9]), (1, [-1])]:
            for k, part in enumerate(np.split(cube.value, ends, axis)):
                expect('split_at', [cube, T(shape_text(ends)), T(axis), T(k)], part)
    d = G('d', 71, 3, 4, 5)
    for shape in [(7,), (-1, 7), (2, 3)]:
        refuse('reshape', [d, T(shape_text(shape))], message=f'cannot reshape array of size 60 into shape {shape_text(shape).replace(",)", ",)") if len(shape) > 1 else "(7,)"}')
    refuse('reshape', [d, T('(-1,-1)')], lambda a, s: a.reshape(-1, -1))
    refuse('transpose', [d, T('(0,1)')], lambda a, s: a.transpose(0, 1))
    refuse('transpose', [d, T('(0,1,1)')], lambda a, s: a.transpose(0, 1, 1))
    refuse('transpose', [d, T('(0,1,3)')], lambda a, s: a.transpose(0, 1, 3))
    refuse('flip', [d, T(3)], lambda a, s: np.flip(a, 3))
    refuse('expand_dims', [d, T(4)], lambda a, s: np.expand_dims(a, 4))
    refuse('squeeze', [d, T(1)], lambda a, s: np.squeeze(a, 1))
    refuse('swapaxes', [d, T(0), T(3)], message='axis 3 is out of bounds for array of dimension 3')
    refuse('broadcast_to', [G('d', 1, 3), T('(4,)')], message='operands could not be broadcast together with remapped shapes [original->remapped]: (3,)')
    refuse('concatenate', [T(0), G('d', 1, 3, 4), G('d', 1, 3, 5)], lambda _, a, b: np.concatenate([a, b], 0))
    refuse('concatenate', [T(0), G('d', 1, 3, 4), G('d', 1, 3)], lambda _, a, b: np.concatenate([a, b], 0))
    refuse('concatenate', [T(2), G('d', 1, 3, 4), G('d', 1, 3, 4)], lambda _, a, b: np.concatenate([a, b], 2))
    refuse('stack', [T(0), G('d', 1, 3), G('d', 1, 4)], lambda _, a, b: np.stack([a, b], 0))
    refuse('split', [d, T(3), T(1), T(0)], lambda a, n, k, _: np.split(a, n, k))


# ---- reductions ------------------------------------------------------------------------------------------------------------
TREE = 40 * 2.0**-53  # 32 additions in a lane and 5 halvings for each level of tiles


def axes_of(text):
    return None if text == 'all' else tuple(map(int, text.split(',')))


def along(x, axes, f, out):
    """f of the elements that go into each result, as a flat array."""
    axes = tuple(range(x.ndim)) if axes is None else tuple(a % x.ndim for a in axes)
    kept = [d for d in range(x.ndim) if d not in axes]
    y = x.transpose(*kept, *axes).reshape([x.shape[d] for d in kept] + [-1]) if x.size else None
    shape = [x.shape[d] for d in kept]
    r = np.empty(shape, out)
    for i in np.ndindex(*shape):
        r[i] = f(y[i]) if y is not None else f(np.empty(0, x.dtype))
    return r


def exact_sum(v):
    if not np.isfinite(v).all():
        return v.sum()
    if v.dtype.kind == 'c':
        return complex(math.fsum(v.real), math.fsum(v.imag))
    return math.fsum(v)


def sums(name, x, axes, keepdims=False, ddof=None):
    """Exact values of sum, mean, var, std, norm1, norm2 in double, and the bound of the tree."""
    v = x.value
    kind = v.dtype
    a = axes_of(axes)
    wide = v.astype(np.complex128 if kind.kind == 'c' else np.float64)
    n = along(v, a, len, np.int64)
    levels = 1 + np.ceil(np.log(np.maximum(n, 2)) / np.log(1024))
    out = kind if kind.kind in 'fc' else np.dtype(np.float64)
    size = along(np.abs(wide), a, lambda s: math.fsum(s) if np.isfinite(s).all() else 0.0, np.float64)
    if name == 'sum':
        r, bound = along(wide, a, exact_sum, wide.dtype), TREE * levels * size
    elif name == 'mean':
        r, bound = along(wide, a, exact_sum, wide.dtype) / n, TREE * levels * size / n
    elif name in ('norm1', 'norm2'):
        out = np.dtype(out.char.lower()) if out.kind == 'c' else out
        r = along(np.abs(wide), a, exact_sum, np.float64) if name == 'norm1' else np.sqrt(along(np.abs(wide)**2, a, exact_sum, np.float64))
        bound = TREE * levels * (size if name == 'norm1' else r) * 2
    else:
        def deviation(s):
            m = exact_sum(s) / len(s) if len(s) else nan
            return exact_sum(np.abs(s - m)**2) if len(s) else 0.0
        out = np.dtype(out.char.lower()) if out.kind == 'c' else out
        largest = along(np.abs(wide), a, lambda s: s.max() if len(s) else 0.0, np.float64)
        count = np.maximum(n - (ddof or 0), 0)
        r = along(wide, a, deviation, np.float64) / count
        bound = 4 * TREE * levels * r + (TREE * levels * largest)**2 * np.maximum(n, 1) / np.maximum(count, 1)
        if name == 'std':
            r = np.sqrt(r)
            bound = np.where(r > 0, np.minimum(bound / (2 * r), np.sqrt(bound)) + 2.0**-52 * r, np.sqrt(bound))
    if keepdims:
        shape = [1 if a is None or d in [k % v.ndim for k in a] else v.shape[d] for d in range(v.ndim)]
        r, bound = r.reshape(shape), np.asarray(bound).reshape(shape)
    args = [x, word(axes), word(int(keepdims))] + ([number(float(ddof))] if ddof is not None else [])
    expect(name, args, r.astype(out), bound)


def reduce_one(x, axes, keepdims=False):
    v, a = x.value, axes_of(axes)
    kw = dict(axis=a, keepdims=keepdims)
    args = [x, word(axes), word(int(keepdims))]
    empty = math.prod(v.shape[d] for d in (range(v.ndim) if a is None else a)) == 0
    if v.dtype.kind in 'fc':
        sums('sum', x, axes, keepdims)
    else:
        expect('sum', args, np.sum(v, **kw))
    if v.dtype.kind not in 'fc':
        expect('prod', args, np.prod(v, **kw))
    elif not v.size > 2000:
        r = np.prod(v.astype(np.complex128 if v.dtype.kind == 'c' else np.float64), **kw)
        n = v.size / max(r.size, 1)
        expect('prod', args, r.astype(v.dtype), 4 * n * 2.0**-52 * np.abs(r))
    for name, f in [('any', np.any), ('all', np.all), ('count_nonzero', np.count_nonzero)]:
        expect(name, args, f(v, **kw))
    for name, f in [('min', np.min), ('max', np.max)]:
        if empty:
            refuse(name, args, lambda *_: f(v, **kw))
        else:
            expect(name, args, f(v, **kw))
    for name in ('mean', 'var', 'std', 'norm1', 'norm2'):
        if not (empty and name.startswith('norm')):
            sums(name, x, axes, keepdims, ddof=0 if name in ('var', 'std') else None)
    if not empty:
        top = np.max(np.abs(v.astype(np.float64 if v.dtype.kind in 'biu' else v.dtype)), **kw)
        expect('norm_inf', args, top, 2 * np.finfo(top.dtype).eps * np.abs(top) if v.dtype.kind == 'c' else None)


def position(x, axis, keepdims=False):
    args = [x, word(axis), word(int(keepdims))]
    a = None if axis == 'none' else int(axis)
    for name, f in [('argmin', np.argmin), ('argmax', np.argmax)]:
        expect(name, args, f(x.value, axis=a, keepdims=keepdims))


SIZES = [1, 2, 31, 32, 33, 64, 255, 256, 257, 1023, 1024, 1025, 2048, 5000, 100000]


def reductions():
    for code in ALL:
        for n in SIZES:
            x = G(code, 91, n)
            if n != 100000 or code in 'dlf':
                reduce_one(x, 'all')
                position(x, '0')
            if n in (33, 1025):
                reduce_one(x['[::-1]'], '0')
                reduce_one(G(code, 92, 2 * n)['[::2]'], '0', True)
                position(G(code, 92, 2 * n)['[::-2]'], 'none')
        cube = G(code, 93, 3, 4, 5)
        for axes in ('all', '0', '1', '2', '-1', '0,1', '0,2', '1,2', '2,0', '0,1,2'):
            for keepdims in (False, True):
                reduce_one(cube, axes, keepdims)
        for axis in ('none', '0', '1', '2', '-2'):
            position(cube, axis)
            position(cube, axis, True)
            position(cube.T(2, 0, 1), axis)
        for x in (cube.T(2, 0, 1), cube['[::-1,:,::2]'], cube['[:,1]'], G(code, 94)):
            for axes in ('all', '-1', '0') if x.value.ndim else ('all',):
                reduce_one(x, axes)
        for shape in ((0,), (3, 0), (0, 3)):
            x = G(code, 95, *shape)
            for axes in ('all', '0', '-1'):
                reduce_one(x, axes)
        for shape, axes in (((2, 1025), '1'), ((1025, 2), '0'), ((70, 33), '0'), ((33, 70), '1'), ((1100, 20), '0'), ((20, 1100), '1'), ((5, 33, 17), '1'), ((5, 3, 17), '0,2'), ((300, 4), '1')):
            if code in 'dliF':
                reduce_one(G(code, 96, *shape), axes)
                position(G(code, 96, *shape), axes.split(',')[0])
    # NaN, infinities, ties
    for values in ([nan, 1.0, 2.0], [1.0, nan, nan], [2.0, 1.0, 1.0, 2.0], [inf, -inf], [inf, 1.0], [-inf, -inf], [0.0, -0.0], [-0.0, 0.0], [5.0] * 40, [1.0] * 33 + [nan] + [0.0] * 5,
                   list(range(50)) + [nan] + list(range(50)), [-0.0], [nan], [3.0] * 2000):
        for code in FLOATING:
            x = A(values, code)
            for name, f in [('min', np.min), ('max', np.max), ('any', np.any), ('all', np.all), ('count_nonzero', np.count_nonzero)]:
                expect(name, [x, word('all'), word(0)], f(x.value))
            position(x, 'none')
            sums('sum', x, 'all')
            sums('mean', x, 'all')
            if np.isfinite(values).all():
                sums('var', x, 'all', ddof=0)
                sums('std', x, 'all', ddof=1)
    for values in ([1 + 2j, 1 + 1j, 0 + 5j], [complex(nan, 1), 0j], [0j, complex(1, nan)], [1 + 1j, 1 + 1j], [2 - 1j, 2 - 3j, 2 + 0j]):
        for code in 'FD':
            x = A(values, code)
            for name, f in [('min', np.min), ('max', np.max), ('any', np.any), ('all', np.all)]:
                expect(name, [x, word('all'), word(0)], f(x.value))
            position(x, '0')
    for code in INTEGER:
        x = A(SPECIAL[code], code)
        reduce_integer(x)
        position(A([3, 1, 1, 3, 2, 1], code), '0')
        position(A([0] * 3000, code), '0')
    for ddof in (0, 1, 2, 0.5, 5, 7):
        for code in 'dfilF':
            for axes in ('0', '1', 'all'):
                x = G(code, 97, 5, 9)
                sums('var', x, axes, ddof=ddof)
                sums('std', x, axes, True, ddof=ddof)
    for a, b in itertools.product(ALL, ALL):
        x, y = G(a, 98, 37), G(b, 99, 37)
        t = np.result_type(x.value, y.value)
        if t.kind == 'b':
            expect('dot', [x, y], np.dot(x.value, y.value))
        elif t.kind in 'iu':
            expect('dot', [x, y], np.sum(x.value.astype(np.int64) * y.value.astype(np.int64)).astype(t))
        else:
            p = complex_product(x.value, y.value).astype(t) if t.kind == 'c' else (x.value * y.value).astype(t)
            expect('dot', [x, y], np.array(exact_sum(p.astype(np.complex128 if t.kind == 'c' else np.float64))).astype(t), 64 * np.finfo(t).eps * np.abs(p).sum())
    refuse('dot', [G('d', 1, 3), G('d', 1, 4)], message='shapes (3,) and (4,) not aligned')
    d = G('d', 93, 3, 4, 5)
    for name in ('sum', 'prod', 'max', 'all', 'mean'):
        for axes in ('3', '-4', '0,5'):
            refuse(name, [d, word(axes), word(0)], lambda a, s, k: getattr(np, name)(a, axis=axes_of(s)))
        refuse(name, [d, word('1,-2'), word(0)], lambda a, s, k: getattr(np, name)(a, axis=axes_of(s)))
    for name, f in [('argmin', np.argmin), ('argmax', np.argmax)]:
        refuse(name, [G('d', 1, 0), word('none'), word(0)], lambda a, s, k: f(a))
        refuse(name, [G('d', 1, 3, 0), word('1'), word(0)], lambda a, s, k: f(a, axis=1))
        refuse(name, [d, word('3'), word(0)], lambda a, s, k: f(a, axis=3))


def reduce_integer(x):
    for name, f in [('min', np.min), ('max', np.max), ('sum', np.sum), ('prod', np.prod), ('any', np.any), ('all', np.all), ('count_nonzero', np.count_nonzero)]:
        expect(name, [x, word('all'), word(0)], f(x.value))


# ---- order -----------------------------------------------------------------------------------------------------------------
def descending(v, axis):
    """Indices of a stable descending sort; NaN stays last."""
    _, rank = np.unique(v, return_inverse=True, equal_nan=True)
    key = -rank.reshape(v.shape)
    return np.argsort(np.where(np.isnan(v), len(key.ravel()) + 1, key), axis, kind='stable')


def ordered(x, axis):
    v = x.value if axis != 'none' else x.value.ravel()
    a = 0 if axis == 'none' else int(axis)
    for down in (0, 1):
        i = descending(v, a) if down else np.argsort(v, a, kind='stable')
        expect('argsort', [x, word(axis), word(down)], i)
        expect('sort', [x, word(axis), word(down)], np.take_along_axis(v, i, a))
    if axis != 'none':
        for largest in (0, 1):
            i = descending(v, a) if largest else np.argsort(v, a, kind='stable')
            for k in sorted({0, min(1, v.shape[a]), v.shape[a] // 2, v.shape[a]}):
                top = np.take(i, np.arange(k), axis=a)
                expect('topk', [x, word(k), word(largest), word(axis)], np.take_along_axis(v, top, a))
                expect('topk_indices', [x, word(k), word(largest), word(axis)], top)


def accumulated(name, x, axis):
    v = x.value
    a = None if axis == 'none' else int(axis)
    f = np.cumsum if name == 'cumsum' else np.cumprod
    if v.dtype.kind not in 'fc':
        return expect(name, [x, word(axis)], f(v, axis=a))
    wide = v.astype(np.complex256 if v.dtype.kind == 'c' else np.longdouble)  # as a reference of enough digits
    r = f(wide, axis=a)
    n = np.arange(1, (v.size if a is None else v.shape[a]) + 1)
    n = n if a is None else n.reshape([-1 if d == a % v.ndim else 1 for d in range(v.ndim)])
    bound = 2.0**-52 * (TREE / 2.0**-53 * np.cumsum(np.abs(wide), axis=a) if name == 'cumsum' else 4 * n * np.abs(r))
    expect(name, [x, word(axis)], r.astype(np.complex128 if v.dtype.kind == 'c' else np.float64).astype(v.dtype), bound.astype(np.float64))


METHODS = ['inverted_cdf', 'averaged_inverted_cdf', 'closest_observation', 'interpolated_inverted_cdf', 'hazen', 'weibull', 'linear', 'median_unbiased', 'normal_unbiased',
           'lower', 'higher', 'midpoint', 'nearest']


def quantiles(x, q, axes, method='linear', keepdims=False):
    v = x.value.astype(np.float64)
    r = np.quantile(v, q, axis=axes_of(axes), method=method, keepdims=keepdims)
    top = np.max(np.abs(v), axis=axes_of(axes), keepdims=keepdims)
    bound = np.broadcast_to(4 * 2.0**-52 * top, np.shape(r))
    r = np.asarray(r, np.float32 if x.value.dtype == np.float32 else np.float64)
    expect('quantile', [x, word(','.join(map(repr, np.atleast_1d(q).tolist())) + ('' if np.ndim(q) else ';')), word(axes), word(method), word(int(keepdims))], r, bound)


def order():
    for code in 'biulfd':
        for n in (0, 1, 2, 31, 33, 256, 257, 1025) + ((2500,) if code in 'dl' else ()):
            x = G(code, 101, n)
            if n > 1025:
                accumulated('cumsum', x, '0')
                expect('sort', [x, word('0'), word(0)], np.sort(x.value))
                continue
            ordered(x, '0')
            accumulated('cumsum', x, '0')
            accumulated('cumprod', A(np.array([1, 2, 3, 1, 5] * 6).astype(TYPES[code])[:n]) if n < 31 else x, '0')
        ties = A((generated('l', 102, (300,)) % 7).astype(TYPES[code]))
        ordered(ties, '0')
        ordered(ties['[::-1]'], '0')
        cube = G(code, 103, 3, 4, 5)
        for axis in ('none', '0', '1', '2', '-1', '-3'):
            for x in (cube, cube.T(2, 0, 1), cube['[::-1,:,::2]'], G(code, 104, 2, 0, 3)):
                if axis != 'none' and x.value.shape[int(axis)] == 0 and x.value.size == 0:
                    continue
                ordered(x, axis)
                accumulated('cumsum', x, axis)
                accumulated('cumprod', x, axis)
        ordered(typed(SPECIAL[code], code), '0')
        for x in (ties, G(code, 105, 50), G(code, 106, 0), cube['[:,::-2]'], typed(SPECIAL[code], code)):
            values, inverse, counts = np.unique(x.value, return_inverse=True, return_counts=True)
            expect('unique', [x], values)
            expect('unique_counts', [x], counts)
            expect('unique_inverse', [x], inverse.reshape(x.value.shape))
        sorted_ = A(np.sort(ties.value))
        for side in ('left', 'right'):
            for keys in (cube, ties['[::7]'], G(code, 107)):
                expect('searchsorted', [sorted_, keys, word(side)], np.searchsorted(sorted_.value, keys.value, side))
            expect('searchsorted', [sorted_, A([-1.5, 0.0, 2.5, nan, 100.0, inf]), word(side)], np.searchsorted(sorted_.value.astype(np.float64), [-1.5, 0.0, 2.5, nan, 100.0, inf], side))
        if code != 'b':
            for x in (ties, G(code, 105, 500), cube, cube['[::-1,:,::2]']):
                for bins in (1, 7, 10, 64):
                    counts, edges = np.histogram(x.value.astype(np.float64), bins)
                    expect('histogram', [x, word(bins), word('none')], counts)
                    expect('histogram_edges', [x, word(bins), word('none')], edges)
                counts, edges = np.histogram(x.value.astype(np.float64), 9, (-0.25, 3.5))
                expect('histogram', [x, word(9), word('-0.25,3.5')], counts)
                counts, edges = np.histogram(x.value.astype(np.float64), [-1.0, 0.0, 0.5, 0.5, 2.0, 1e6])
                expect('histogram_at', [x, word('-1.0,0.0,0.5,0.5,2.0,1000000.0')], counts)
        for n in (1, 2, 3, 10, 33, 1025):
            x = G(code, 108, n)
            for method in METHODS if n < 100 else ('linear', 'nearest', 'hazen'):
                quantiles(x, [0.0, 0.01, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.99, 1.0], 'all', method)
            quantiles(x, 0.35, 'all')
        for axes in ('all', '0', '1', '-1', '0,2', '1,2'):
            for keepdims in (False, True):
                quantiles(cube, [0.05, 0.5, 0.95], axes, 'linear', keepdims)
                quantiles(cube.T(2, 0, 1), 0.4, axes, 'median_unbiased', keepdims)
                v = cube.value.astype(np.float64)
                r = np.median(v, axis=axes_of(axes), keepdims=keepdims)
                expect('median', [cube, word(axes), word(int(keepdims))], np.asarray(r, np.float32 if code == 'f' else np.float64))
    for code in FLOATING:
        for values in ([nan, 1.0, 2.0], [inf, -inf, 0.0], [2.0, nan, -0.0, 0.0, nan, -inf]):
            x = A(values, code)
            ordered(x, '0')
            expect('median', [x, word('all'), word(0)], np.median(x.value))
            accumulated('cumsum', x, '0')
    for code in 'FD':
        for x in (G(code, 109, 7), G(code, 109, 1100), G(code, 110, 4, 5)['[::-1]']):
            accumulated('cumsum', x, '0')
            if x.value.size < 100:
                accumulated('cumprod', x, 'none')
    d = G('d', 103, 3, 4, 5)
    for name, args in [('sort', [word('3'), word(0)]), ('argsort', [word('-4'), word(0)]), ('cumsum', [word('3')]), ('cumprod', [word('7')]), ('topk', [word(1), word(1), word(3)])]:
        axis = args[0].text if name != 'topk' else '3'
        refuse(name, [d, *args], message=f'axis {axis} is out of bounds for array of dimension 3')
    refuse('quantile', [d, word('1.5;'), word('all'), word('linear'), word(0)], message='Quantiles must be in the range [0, 1]')
    refuse('quantile', [d, word('0.5;'), word('all'), word('middle'), word(0)], message="'middle'")


def convolution():
    for code in 'ildfDF':
        for n, m in ((1, 1), (5, 3), (3, 5), (40, 7), (300, 20)):
            a, v = G(code, 111, n), G(code, 112, m)
            size = np.convolve(np.abs(a.value).astype(np.float64), np.abs(v.value).astype(np.float64), 'full')
            bound = EPS[code] * 4 * max(n, m) * size.max() if code in EPS else None
            for mode in ('full', 'same', 'valid'):
                check('convolve', lambda a, v, m: np.convolve(a, v, m), a, v, word(mode), bound=bound)
                check('correlate', lambda a, v, m: np.correlate(a, v, m), a, v, word(mode), bound=bound)


def refusals():
    for name, types in [('floor_divide', 'FD'), ('remainder', 'FD'), ('bitwise_and', 'fdFD'), ('floor', 'FD'), ('tanh', 'FD'), ('erf', 'FD'), ('invert', 'fdFD')]:
        for code in types:
            x = G(code, 1, 3)
            args = [x] if name in ('floor', 'tanh', 'erf', 'invert') else [x, x]
            refuse(name, args, message=f"ufunc '{name}' not supported for the input type")


def main():
    for part in (creation, elementwise, conversion, broadcasting, indexing, taking, shapes, reductions, order, convolution, refusals):
        before = len(lines)
        part()
        print(f'{part.__name__}: {len(lines) - before} cases', file=sys.stderr)
    unique = list(dict.fromkeys(lines))
    text = ('\n'.join(unique) + '\n').encode()
    arrays = {'cases': np.frombuffer(text + b'\n' * (-len(text) % 4), '<u4')}
    for code, pool in pools.items():
        arrays[TYPES[code].name] = np.concatenate([np.empty(0, TYPES[code]), *pool.parts])
    target = pathlib.Path(__file__).parents[2] / 'data' / 'reference' / 'numpy_cases.npz'
    np.savez_compressed(target, **arrays)
    print(f'{len(unique)} cases, {target.stat().st_size} bytes', file=sys.stderr)


if __name__ == '__main__':
    main()
