"""Expressions as people type them, read into SymPy's: a text from a stranger is parsed, never evaluated.

SymPy's own reader gives the text to Python's ``eval``. Here Python's parser makes a tree of it, whose nodes
are looked at one by one: what stands in the tables below is built by SymPy's constructors, everything else is
refused. SymPy computes with numbers as soon as it can, so limits are checked before and after each step:
``9**9**9`` would be a number of 370 million digits.
"""

import ast
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import add, mul, pow
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Expressions", "read_expressions"]

Array = NDArray[Any]

MOST_CHARACTERS = 1000
MOST_PARTS = 200  # numbers, names, operators and calls
MOST_NESTED = 25
MOST_VARIABLES = 32
MOST_BITS = 1000  # of a fraction's numerator and denominator
LARGEST = 1e300
LARGEST_EXPONENT = 1000

# Name of a function -> name of it in SymPy.
FUNCTIONS = {name: name for name in "sin cos tan asin acos atan sinh cosh tanh exp log sqrt Abs".split()}
FUNCTIONS |= {"abs": "Abs", "ln": "log"}
# Name of a class of SymPy -> what computes it. Of a complex step only the real part has a sign.
_IN_NUMPY: dict[str, Callable[..., Any]] = {
    "Add": lambda *parts: reduce(add, parts),
    "Mul": lambda *parts: reduce(mul, parts),
    "Pow": pow,
    "Abs": lambda z: z * np.sign(z.real),
    "sign": lambda z: np.sign(z.real),
    "cot": lambda z: 1 / np.tan(z),  # of tan(x + pi/2)
}
_IN_NUMPY |= {name: getattr(np, name) for name in "sin cos tan sinh cosh tanh exp log".split()}
_IN_NUMPY |= {name: getattr(np, name.replace("a", "arc", 1)) for name in ("asin", "acos", "atan")}
CONSTANTS = {"pi": "pi", "E": "E"}
ACCEPTED = (
    "accepted are numbers, variables, + - * / ** ^, brackets, pi, E, and calls of "
    f"{', '.join(sorted(FUNCTIONS, key=str.lower))}"
)
_CHARACTER = re.compile(r"[^A-Za-z0-9_ .,()\[\]+\-*/^]")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_PRODUCT = re.compile(r"(?<![\w.])(?>\d+\.?\d*|\.\d+)(?>([eE][+-]?\d+)?)[A-Za-z]\w*")  # 2x
_FOUND = {
    ast.Attribute: "a dot after a name",
    ast.Subscript: "an index",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Compare: "a comparison",
    ast.IfExp: "if … else",
    ast.BoolOp: "and, or",
    ast.UnaryOp: "not",
    ast.Constant: "True, False or None",
    ast.Tuple: "a comma inside brackets",
    ast.List: "square brackets inside an expression",
    ast.Starred: "a star before an expression",
    ast.FloorDiv: "//",
}


@dataclass(frozen=True)
class Expressions:
    """Expressions in real variables.

    Attributes
    ----------
    variables : tuple of sympy.Symbol
        x_1 … x_n.
    parts : tuple of sympy.Expr
        f_1 … f_m.
    derivative : sympy.Matrix
        The formulas ∂f_i/∂x_j (m, n).
    """

    variables: tuple[Any, ...]
    parts: tuple[Any, ...]
    derivative: Any

    def functions(self) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """Functions of a vector x (n,), real or complex: f(x) (m,) and Df(x) (m, n)."""
        D = _Program(self.variables, [*self.derivative])
        shape = len(self.parts), len(self.variables)
        return _Program(self.variables, self.parts).run, lambda x: D.run(x).reshape(shape)


class _Program:
    """Expressions as a list of steps, each taken once, however often what it computes occurs.

    No code is made: SymPy's ``lambdify`` would write some and run it.
    """

    def __init__(self, variables: Sequence[Any], expressions: Sequence[Any]) -> None:
        self.places = {variable: place for place, variable in enumerate(variables)}
        self.steps: list[tuple[Callable[..., Any], list[int]]] = []
        self.results = [self.place_of(one) for one in expressions]

    def place_of(self, expression: Any) -> int:
        if expression not in self.places:
            places = [self.place_of(part) for part in expression.args]
            self.steps.append((_step(expression), places))
            self.places[expression] = len(self.places)
        return self.places[expression]

    def run(self, x: Array) -> Array:
        values = [*x]
        for function, places in self.steps:
            values.append(function(*[values[place] for place in places]))
        return np.array([values[place] for place in self.results])


def _step(expression: Any) -> Callable[..., Any]:
    """What computes an expression from its parts."""
    if not expression.args:
        number = float(expression)
        return lambda: number
    return _IN_NUMPY[type(expression).__name__]


def read_expressions(text: str, variables: Sequence[str] | None = None) -> Expressions:
    """Read expressions between commas.

    Parameters
    ----------
    text : str
        Numbers, variables, ``+ - * / **`` (``^`` means the same as ``**``), brackets, ``pi``, ``E`` and
        calls of the functions in `FUNCTIONS`.
    variables : sequence of str, optional
        The variables there are, in their order, whether they occur or not. Without it: those that occur, in
        natural order of their names (x2 before x10).

    Raises
    ------
    ValueError
        In one line, for anything else: an unknown name, an expression that is too long or too deep, a
        number, power or constant that is too large or is no real number.
    ImportError
        Without SymPy.

    Examples
    --------
    >>> read = read_expressions("x1^2*x2, x1 + x2")
    >>> read.parts, read.derivative
    ((x1**2*x2, x1 + x2), Matrix([
    [2*x1*x2, x1**2],
    [      1,     1]]))
    >>> read_expressions("open(x)")
    Traceback (most recent call last):
        ...
    ValueError: 'open(x)' calls open, which is no function here; accepted are ...
    """
    reader = _Reader(text, variables)
    parts = reader.parts()
    names = sorted(reader.names, key=_natural) if variables is None else variables
    if not names:
        raise ValueError(f"{_short(text)} has no variables")
    variables = [reader.symbol(name) for name in names]
    derivative = reader.sympy.Matrix(parts).jacobian(variables)
    for expression in (*parts, *derivative):
        reader.check_whole(expression)
    return Expressions(tuple(variables), tuple(parts), derivative)


class _Reader:
    """One text on its way to SymPy's expressions."""

    def __init__(self, text: str, variables: Sequence[str] | None) -> None:
        self.sympy, self.text, self.variables = _sympy(), text, variables
        self.n_parts, self.names = 0, set[str]()

    def parts(self) -> list[Any]:
        """The expressions between commas."""
        tree = self.parsed()
        several = tree.elts if isinstance(tree, ast.Tuple | ast.List) else [tree]
        if not several:
            raise self.refused("holds no expression")
        return [self.built(one, 0) for one in several]

    def parsed(self) -> ast.expr:
        """The tree of the text, which Python's parser makes of it without running anything."""
        if len(self.text) > MOST_CHARACTERS:
            raise self.refused(f"has {len(self.text):,} characters, more than {MOST_CHARACTERS}")
        text = " ".join(self.text.split())
        if strange := _CHARACTER.search(text):
            name = unicodedata.name(strange[0], "a control character").lower()
            raise self.refused(f"holds {strange[0]!a} ({name})")
        if product := _PRODUCT.search(text):
            raise self.refused(f"holds {product[0]}: a product is written with *, as in 2*x")
        if _brackets(text) > MOST_NESTED:
            raise self.refused(f"has brackets nested deeper than {MOST_NESTED}")
        try:
            return ast.parse(text.replace("^", "**"), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self.refused(f"is no expression ({getattr(error, 'msg', error)})") from None

    def built(self, node: ast.expr, depth: int) -> Any:
        """The SymPy expression of a node of the tree, checked."""
        self.n_parts += 1
        if self.n_parts > MOST_PARTS or depth > MOST_NESTED:
            limits = f"{MOST_PARTS} numbers, variables and operations, or nested deeper than {MOST_NESTED}"
            raise self.refused(f"is longer than {limits}")
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self.number(number)
            case ast.Name(id=name):
                return self.named(name)
            case ast.UnaryOp(op=ast.UAdd(), operand=one):
                return self.built(one, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=one):
                return self.made(self.sympy.Mul, self.sympy.Integer(-1), self.built(one, depth + 1))
            case ast.BinOp(left=left, op=operator, right=right):
                # A sum or product of many is one level: a + b + c is (a + b) + c.
                chained = isinstance(left, ast.BinOp) and type(left.op) in _alike(operator)
                a = self.built(left, depth if chained else depth + 1)
                return self.joined(operator, a, self.built(right, depth + 1))
            case ast.Call(func=ast.Name(id=name), args=[one], keywords=[]) if name in FUNCTIONS:
                return self.called(FUNCTIONS[name], self.built(one, depth + 1))
            case ast.Call(func=ast.Name(id=name)):
                if name in FUNCTIONS:
                    raise self.refused(f"calls {name} with something else than one expression")
                raise self.refused(f"calls {_short_name(name)}, which is no function here")
        raise self.refused(f"holds {_in_words(node)}")

    def number(self, number: float) -> Any:
        if isinstance(number, int):
            return self.made(self.sympy.Integer, number)
        if number == 0 or not math.isfinite(number):  # 1e400, and 1e-400, which is not zero but is read as it
            raise self.refused("holds a number of decimals that is 0, or is too small or too large")
        return self.made(self.sympy.Float, number)

    def named(self, name: str) -> Any:
        if name in CONSTANTS:
            return getattr(self.sympy, CONSTANTS[name])
        if name in FUNCTIONS:
            raise self.refused(f"names the function {name} without calling it, as in {name}(x)")
        if name == "I":
            raise self.refused("holds I, the imaginary unit; all numbers are real")
        if self.variables is not None and name not in self.variables:
            raise self.refused(f"holds {_short_name(name)}; its variables are {', '.join(self.variables)}")
        if not _VARIABLE.fullmatch(name):
            raise self.refused(f"holds {_short_name(name)}; variables are named like x, x1 or x_1")
        self.names.add(name)
        if len(self.names) > MOST_VARIABLES:
            raise self.refused(f"has more than {MOST_VARIABLES} variables")
        return self.symbol(name)

    def symbol(self, name: str) -> Any:
        return self.sympy.Symbol(name, real=True)  # |x| has a derivative for real x only

    def called(self, name: str, argument: Any) -> Any:
        if name == "Abs" and not argument.is_extended_real:  # log(x) is real for some real x only
            raise self.refused("takes Abs of what is no real number for some values of its variables")
        return self.made(_hyperbolic().get(name) or getattr(self.sympy, name), argument)

    def joined(self, operator: ast.operator, a: Any, b: Any) -> Any:
        sympy = self.sympy
        match operator:
            case ast.Add():
                return self.made(sympy.Add, a, b)
            case ast.Sub():
                return self.made(sympy.Add, a, self.made(sympy.Mul, sympy.Integer(-1), b))
            case ast.Mult():
                return self.made(sympy.Mul, a, b)
            case ast.Div():
                return self.made(sympy.Mul, a, self.power(b, sympy.Integer(-1)))
            case ast.Pow():
                return self.power(a, b)
        raise self.refused(f"holds {_in_words(operator)}")

    def power(self, base: Any, exponent: Any) -> Any:
        """base ** exponent, once it is known that there is no large number to be computed."""
        if not exponent.free_symbols and abs(exponent.evalf()) > LARGEST_EXPONENT:
            raise self.refused(f"has an exponent beyond {LARGEST_EXPONENT}")
        return self.made(self.sympy.Pow, base, exponent)

    def made(self, kind: Any, *parts: Any) -> Any:
        """What a constructor makes of parts that were checked, checked itself."""
        whole = kind(*parts)
        for constant in _constants(whole):
            self.check_constant(constant)
        return whole

    def check_whole(self, expression: Any) -> None:
        """Refuse what SymPy made of all of it where that can't be computed; (-2)**x brings in log(-2)."""
        for constant in _constants(expression):
            self.check_constant(constant)
        for part in self.sympy.preorder_traversal(expression):
            if part.args and type(part).__name__ not in _IN_NUMPY:
                raise self.refused(f"leads to {type(part).__name__}, which is no function here")

    def check_constant(self, constant: Any) -> None:
        """Refuse what is not a real number of ordinary size, before anything is computed from it."""
        if constant.is_Rational and max(constant.p.bit_length(), constant.q.bit_length()) > MOST_BITS:
            raise self.refused(f"leads to a number beyond {LARGEST:g}, or a fraction of as many digits")
        number = constant.evalf()
        if not (number.is_Float or number.is_Rational):
            raise self.refused("leads to something that is no real number, like 1/0 or sqrt(-1)")
        if abs(number) > LARGEST:
            raise self.refused(f"leads to a number beyond {LARGEST:g}")

    def refused(self, what: str) -> ValueError:
        return ValueError(f"{_short(self.text)} {what}; {ACCEPTED}")


def _constants(expression: Any) -> Iterator[Any]:
    """The largest parts of an expression without variables."""
    if not expression.free_symbols:
        yield expression
    else:
        for part in expression.args:
            yield from _constants(part)


def _alike(operator: ast.operator) -> tuple[type[ast.operator], ...]:
    for group in ((ast.Add, ast.Sub), (ast.Mult, ast.Div)):
        if isinstance(operator, group):
            return group
    return ()


def _brackets(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
    return deepest


def _in_words(node: ast.AST) -> str:
    return _FOUND.get(type(node), type(node).__name__.lower())


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _short_name(name: str) -> str:
    return name if len(name) <= 30 else name[:27] + "..."


def _natural(name: str) -> list[tuple[int, str]]:
    """x2 before x10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


@cache
def _hyperbolic() -> dict[str, Any]:
    """sinh, cosh and tanh with their derivatives, and no more.

    SymPy's own look for simpler forms: in a time that doubles with each that is in another, and with all
    powers within multiplied out.
    """
    functions: dict[str, Any] = {}
    derivatives = {
        "sinh": lambda self, place=1: functions["cosh"](self.args[0]),
        "cosh": lambda self, place=1: functions["sinh"](self.args[0]),
        "tanh": lambda self, place=1: 1 - self**2,
    }
    for name, fdiff in derivatives.items():
        attributes = {"fdiff": fdiff, "nargs": 1, "is_extended_real": True}
        functions[name] = type(name, (_sympy().Function,), attributes)
    return functions


def _sympy() -> Any:
    try:
        import sympy
    except ImportError:
        raise ImportError("expressions need SymPy: pip install sympy") from None
    return sympy
