"""to_c: a fitted model as a header and a source of C99."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, get_args

import chainrule
from chainrule._files import check_writable, open_atomic
from chainrule.export._c._activations import activation
from chainrule.export._c._constants import Real, filled, in_type
from chainrule.export._c._encoding import encoding_code
from chainrule.export._c._functions import Body, main_code
from chainrule.export._c._header import header_code
from chainrule.export._c._jacobian import jacobian_code
from chainrule.export._c._names import check_name
from chainrule.export._c._networks import Shape, forward_code, products_of, weight_tables
from chainrule.export._c._outputs import limits_code, output_code
from chainrule.export._describe import plan_of
from chainrule.export._plan import ModelPlan
from chainrule.network import as_flag

_SOURCE = """\
/* $name: see $name.h. Written by chainrule $version.

   cc -std=c99 -O3 -D$MACRO $name.c -lm   makes a program that reads rows of CSV. */
#include "$name.h"

#include <math.h>

"""


@dataclass(frozen=True)
class CSource:
    """C99 of a fitted model.

    Parameters
    ----------
    name : str
        What files and functions are named after.
    header, source : str
        Texts of NAME.h and NAME.c.
    n_constant_bytes : int
        Bytes of its constant tables.
    n_stack_bytes : int
        Bytes of the arrays that a call has on the stack, at most.
    """

    name: str
    header: str
    source: str
    n_constant_bytes: int
    n_stack_bytes: int

    def write(self, folder: str | PathLike[str]) -> tuple[Path, Path]:
        """Write NAME.h and NAME.c into a folder that exists; return their paths.

        Raises
        ------
        OSError
            If the folder does not exist, or cannot be written to; the message names the file.
        """
        paths = Path(folder) / f"{self.name}.h", Path(folder) / f"{self.name}.c"
        for path in paths:
            check_writable(path)
        for path, text in zip(paths, (self.header, self.source), strict=True):
            with open_atomic(path) as file:
                file.write(text.encode())
        return paths

    def __repr__(self) -> str:
        return (
            f"CSource({self.name!r}: {self.n_constant_bytes:,} bytes of constants, "
            f"{self.n_stack_bytes:,} of arrays on the stack)"
        )


def to_c(model: Any, type: Real = "float", derivatives: bool = True, name: str = "model") -> CSource:
    """Return a fitted model as C99, with its derivatives.

    The code allocates nothing, does not recurse, and all sizes in it are known. Scaling and encoding of the
    columns are in it. There are two functions, whose numbers agree with Python's to rounding:

    - ``int NAME_predict(const float x[D], float y[P])``
    - ``int NAME_jacobian(const float x[D], float y[P], float J[P*D])``, where ``J[k*D + i]`` is the
      derivative of ``y[k]`` by ``x[i]``. It is multiplied from the outputs or from the columns, whichever
      takes fewer multiplications (N10, N11).

    ``x`` holds a number for each column: dates as days since 1970-01-01, times as parts of a day, truth
    values as 0 and 1, of text the place that an enum in the header names, ``NAN`` where a cell is missing.
    ``y`` holds the predicted numbers, or the probabilities of the classes. Both return 0, or 1 + the place of
    a number in ``x`` that is not accepted: not finite, or missing where the model does not take it.

    Parameters
    ----------
    model : estimator, Network or TableModel
        As for `plan_of`.
    type : {"float", "double"}, default="float"
        Of all numbers, but for the scaling of columns, which is done in double.
    derivatives : bool, default=True
        Whether there is NAME_jacobian.
    name : str, default="model"
        What functions, files and constants are named after: an identifier of C.

    Returns
    -------
    CSource
        Texts of the header and of the source; ``write(folder)`` writes both.

    Raises
    ------
    NotFittedError, TypeError, ValueError
        As `plan_of`; for a name that is no identifier, another type, or a constant too large for float.

    Examples
    --------
    >>> from chainrule import Network
    >>> from chainrule.export import to_c
    >>> code = to_c(Network((2, 8, 1), random_state=0), name="plant")
    >>> code
    CSource('plant': 132 bytes of constants, 100 of arrays on the stack)
    >>> print(next(line for line in code.header.splitlines() if "plant_jacobian(const" in line))
    int plant_jacobian(const float x[2], float y[1], float J[2]);
    """
    if type not in get_args(Real):
        raise ValueError(f'type is {type!r}; accepted are "float" and "double"')
    check_name(name)
    return c_of(plan_of(model), type, as_flag(derivatives, "derivatives"), name)


def c_of(plan: ModelPlan, type: Real, derivatives: bool = True, name: str = "model") -> CSource:
    """Return the C of a plan."""
    shape = Shape(plan, type, derivatives)
    encoding = encoding_code(shape.plan, type, shape.derivatives)
    output_tables, finish = output_code(shape)
    jacobian_tables, add = jacobian_code(shape) if shape.derivatives else ([], "")
    tables = [*encoding.tables, *weight_tables(shape), *jacobian_tables, *output_tables]
    body = Body(shape, encoding.plain, finish, add)
    functions = [activation(each, shape.derivatives) for each in _used_activations(shape)]
    functions += [forward_code(shape), products_of(add), add, finish, body.predict(name)]
    functions += [body.jacobian(name)] if shape.derivatives else []
    functions.append(main_code(shape, name))
    n_flash = sum(each.n_bytes for each in tables)
    ram = body.n_bytes(False), body.n_bytes(shape.derivatives)
    source = filled(_SOURCE, name=name, version=chainrule.__version__, MACRO=f"{name.upper()}_MAIN")
    source += "\n".join([each.text for each in tables]) + "\n" + limits_code(shape) + encoding.code + "\n"
    source += in_type("\n".join(code for code in functions if code), type)
    header = header_code(shape, name, chainrule.__version__, _missing(shape.plan), (n_flash, *ram))
    return CSource(name, header, source, n_flash, max(ram))


def _used_activations(shape: Shape) -> list[str]:
    return [each for each in dict.fromkeys(shape.activations) if each != "identity"]


def _missing(plan: ModelPlan) -> str:
    """Return which columns may be missing, for the header."""
    refused = {each.column for each in plan.encodings if not each.accepts_missing}
    if not refused:
        return "Infinite numbers are not accepted; any number may be missing (NAN)."
    if len(refused) == len(plan.inputs):
        return "Numbers that are infinite or missing (NAN) are not accepted."
    places = ", ".join(map(str, sorted(refused)))
    return f"Infinite numbers are not accepted, nor missing ones (NAN) in x[i] for i = {places}."
