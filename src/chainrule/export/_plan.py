"""A fitted model as plain values: its columns, their encodings, networks, and what is made of their outputs.

Every format that a model is exported to reads this and nothing else. What the values mean is what
`chainrule.export.evaluate` computes from them, and all formats are compared with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Kind = Literal["number", "boolean", "date", "time", "text"]
Wave = Literal["", "sine", "cosine"]


@dataclass(frozen=True)
class Input:
    """A column that the model takes.

    Parameters
    ----------
    name : str
        "x0", "x1", … of an array.
    kind : {"number", "boolean", "date", "time", "text"}
        All but text are numbers: 0 and 1 for truth values, days since 1970-01-01 for dates, parts of a day
        (0.5 is noon) for times. NaN is a missing one.
    categories : tuple of str
        Of text: those that the model knows.
    """

    name: str
    kind: Kind = "number"
    categories: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether cells are text, of which there are no derivatives."""
        return self.kind == "text"


@dataclass(frozen=True)
class ScaledNumber:
    """One input of the networks from a number x: (x - centre) / scale.

    Parameters
    ----------
    column : int
        Place of the column among the inputs of the model.
    wave : {"", "sine", "cosine"}
        What x is: the number in the column, or that function of it times 2π, for times of day.
    centre, scale : float
    missing : float
        The input of the networks where the column's number is missing; NaN if none may be.
    """

    column: int
    wave: Wave = ""
    centre: float = 0.0
    scale: float = 1.0
    missing: float = np.nan

    width = 1

    @property
    def accepts_missing(self) -> bool:
        """Whether the column's number may be missing."""
        return not np.isnan(self.missing)


@dataclass(frozen=True)
class RampedNumber:
    """Inputs of the networks from a number x, by z = (x - centre) / scale.

    They are z / √(1 + z² / clip²); a ramp for each interval between edges, 0 below it, 1 above and straight
    between; and, if ``missing``, 1 where the number is missing, else 0. A missing number counts as z = 0,
    with derivatives of 0. At an edge the derivative of a ramp is that to the right.

    Parameters
    ----------
    column, wave, centre, scale
        As of `ScaledNumber`.
    clip : float
    edges : tuple of float
        Rising, in units of z; none, or at least two.
    missing : bool
    """

    column: int
    wave: Wave
    centre: float
    scale: float
    clip: float
    edges: tuple[float, ...]
    missing: bool

    accepts_missing = True

    @property
    def width(self) -> int:
        """Number of inputs of the networks."""
        return 1 + max(0, len(self.edges) - 1) + self.missing


@dataclass(frozen=True)
class OneHot:
    """Inputs of the networks from text: zeros, and a 1 in the place of its category.

    Parameters
    ----------
    column : int
        Place of the column among the inputs of the model.
    places : tuple of int
        Place of the 1 for each of the column's ``categories``; -1 for none.
    width : int
        Number of inputs.
    missing, unknown : int or None
        Place of the 1 for a missing cell, and for text that is none of the categories; -1 for none; None
        where the model does not accept it.
    """

    column: int
    places: tuple[int, ...]
    width: int
    missing: int | None = -1
    unknown: int | None = -1

    @property
    def accepts_missing(self) -> bool:
        """Whether the column's text may be missing."""
        return self.missing is not None


Encoding = ScaledNumber | RampedNumber | OneHot


@dataclass(frozen=True, eq=False)
class Layers:
    """A network: z ↦ σ_l(z W_l + b_l), layer after layer.

    Parameters
    ----------
    weights : tuple of ndarray of shape (fan_in, fan_out)
    biases : tuple of ndarray of shape (fan_out,)
    activations : tuple of str
        σ_l of each layer, the last one that of the output. Names of `chainrule.calculus.OUTPUTS`.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    activations: tuple[str, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Widths from inputs to outputs."""
        return (len(self.weights[0]), *(len(bias) for bias in self.biases))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the weights."""
        return self.weights[0].dtype


@dataclass(frozen=True)
class Output:
    """What is made of the networks' outputs F (n, p).

    In this order, in double precision: each network's outputs are held within ``limits``; the mean over
    networks is taken; ``numbers`` are a function of factor · mean + offset. Of ``classes`` there are
    probabilities: where the networks have one output it is that of the second class; they are divided by
    their sum, and with a temperature T that is not 1 they become p^(1/T), at least 1e-12 before, divided by
    their sum. Of ``labels`` each has a probability of its own.

    Where a network's output is at the upper limit or beyond it, or below the lower one, its derivative is 0.

    Parameters
    ----------
    kind : {"numbers", "classes", "labels"}
    names : tuple of str
        Of the values: "y", or "y0", "y1", …; of the classes or labels as text.
    factors, offsets : tuple of float
        One for each number.
    function : {"identity", "exp", "expm1"}
        Of the numbers, where the target was transformed.
    limits : tuple of two floats, optional
    temperature : float
    classes : tuple
        Classes or labels as they were given: text, numbers or truth values. The most probable class, the
        first among equals, is the prediction; and every label whose probability is above ½.
    quantiles : tuple of float
        Levels, if the numbers are quantiles of the target.
    """

    kind: Literal["numbers", "classes", "labels"]
    names: tuple[str, ...]
    factors: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()
    function: Literal["identity", "exp", "expm1"] = "identity"
    limits: tuple[float, float] | None = None
    temperature: float = 1.0
    classes: tuple[Any, ...] = ()
    quantiles: tuple[float, ...] = ()

    @property
    def is_scaled(self) -> bool:
        """Whether a factor is not 1 or an offset not 0."""
        return any(factor != 1 for factor in self.factors) or any(self.offsets)


@dataclass(frozen=True, eq=False)
class ModelPlan:
    """A fitted model as plain values.

    Parameters
    ----------
    inputs : tuple of Input
        Columns in the order in which the model takes them.
    encodings : tuple of ScaledNumber, RampedNumber or OneHot
        What becomes of them, side by side in this order, is the networks' input. A column may have several
        encodings, or none.
    networks : tuple of Layers
        One, or the members of an ensemble.
    output : Output
    named : bool
        Whether columns have names of their own; without, the model takes an array.

    Examples
    --------
    >>> from chainrule import Network
    >>> from chainrule.export import plan_of
    >>> plan = plan_of(Network((2, 3, 1), random_state=0))
    >>> plan.inputs[1], plan.encodings[1].column, plan.networks[0].sizes, plan.output.names
    (Input(name='x1', kind='number', categories=()), 1, (2, 3, 1), ('y',))
    """

    inputs: tuple[Input, ...]
    encodings: tuple[Encoding, ...]
    networks: tuple[Layers, ...]
    output: Output
    named: bool

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type that the networks compute in."""
        return self.networks[0].dtype

    @cached_property
    def is_plain(self) -> bool:
        """Whether the columns, finite all, are the networks' inputs as they are."""
        plain = tuple(map(ScaledNumber, range(len(self.inputs))))
        return repr(self.encodings) == repr(plain)  # NaN equals nothing

    @cached_property
    def numeric(self) -> tuple[int, ...]:
        """Places of the inputs that are no text: derivatives are by these, in this order."""
        return tuple(place for place, column in enumerate(self.inputs) if not column.is_text)

    @cached_property
    def firsts(self) -> tuple[int, ...]:
        """Where each encoding begins among the networks' inputs, and where the last one ends."""
        return ends_of(self.encodings)


def ends_of(encodings: Sequence[Encoding]) -> tuple[int, ...]:
    """Return 0 and the ends of encodings side by side."""
    return tuple(np.cumsum([0, *(encoding.width for encoding in encodings)]).tolist())
