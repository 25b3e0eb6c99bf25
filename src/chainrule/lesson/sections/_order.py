"""Section 5: the order of multiplication, and what each costs (N12)."""

import time
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import Bracketing, Factor, cheapest, from_left, from_right, parse
from chainrule.calculus.bracketing import Tree, every_tree
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Choice, Field, Integer, Number, Several, Text, shortened
from chainrule.lesson._section import Section, action
from chainrule.lesson._study import Study
from chainrule.network import one_blas_thread

__all__ = ["OrderSection"]

Array = NDArray[Any]
Factors = tuple[Factor, ...]

MOST_DRAWN = 6
"""Factors up to which every bracketing is drawn: of six there are 42."""
_SECONDS, _TIMES = 5e-3, 3
"""An order is carried out until so much time has gone by, and so often; the quickest time counts."""

_CHAINS = {"notes": (1, 100, 100, 100), "bottleneck": (784, 128, 16, 128, 784)}
_ENDS = {"cheapest": cheapest, "from_output": from_left, "from_input": from_right}


class OrderSection(Section):
    """Every bracketing of a chain, its multiplications and its time."""

    name = "order"
    title = "The order of multiplication"
    rows = ("N12",)
    words = (
        "A product of an m × k and a k × n matrix takes m·k·n multiplications.",
        "Wherever the brackets are, a chain of matrices gives the same result, but not at the same price: "
        "the cheapest order is often neither the one from the left nor the one from the right.",
    )
    to_try = "Let the first width grow from 1, as if there were more outputs: when is another order cheapest?"
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {
        "chain": (Choice([*_CHAINS, "network", "widths"]), "notes"),
        "widths": (Several(Integer(1, 400), 3, MOST_DRAWN + 1), _CHAINS["notes"]),
        "order": (Text(200), "cheapest"),
    }

    def __init__(self, study: Study) -> None:
        super().__init__(study)
        self._measured: tuple[Factors, dict[str, float]] = ((), {})

    def set(self, **values: Any) -> None:
        wanted = {**self.values, **values}
        factors = self._factors(wanted)
        if "order" in values and _bracketing(values["order"], factors) is None:
            names = " ".join(factor.name for factor in factors)
            raise MessageError(
                f"order is {shortened(values['order'])}; accepted are {', '.join(_ENDS)}, and brackets "
                f"around {names}"
            )
        if _bracketing(wanted["order"], factors) is None:
            wanted["order"] = "cheapest"
        self.values = wanted

    def study_changed(self) -> None:
        self.set()

    @action(seconds=Number(0.0, 1.5))
    def measure(self, seconds: float) -> None:
        """Time the orders that have not been timed, one after the other, for so long; then all again."""
        until = time.perf_counter() + seconds
        factors = self._factors(self.values)
        matrices, times, orders = _random_matrices(factors), dict(self._times), _orders(factors)
        with one_blas_thread():
            for order in [one for one in orders if one.formula not in times] or orders:
                took = _time_of(order, matrices)
                times[order.formula] = min(took, times.get(order.formula, took))
                if time.perf_counter() > until:
                    break
        self._measured = factors, times

    @property
    def _times(self) -> dict[str, float]:
        """Seconds of each order of this chain that was timed."""
        factors, times = self._measured
        return times if factors == self._factors(self.values) else {}

    def content(self) -> dict[str, Any]:
        factors = self._factors(self.values)
        if len(factors) < 2:
            raise MessageError("this network's derivative is one matrix alone: add a hidden layer")
        orders, times = _listed_orders(factors), self._times
        chosen = _bracketing(self.values["order"], factors)
        assert chosen is not None, "checked where it was set"
        return {
            "factors": [
                {"name": factor.name, "shape": list(factor.shape), "kind": factor.kind} for factor in factors
            ],
            "widths": [*(factor.shape[0] for factor in factors), factors[-1].shape[1]],
            "orders": [{**one, "seconds": times.get(one["formula"])} for one in orders],
            "complete": len(factors) <= MOST_DRAWN, "unmeasured": len(orders) - len(times),
            "chosen": {
                "formula": chosen.formula, "tree": _listed(chosen.tree),
                "multiplications": chosen.multiplications,
                "steps": [
                    {
                        "left": step.left, "right": step.right, "shape": list(step.shape),
                        "multiplications": step.multiplications,
                    }
                    for step in chosen.steps
                ],
            },
        }  # fmt: skip

    def question(self) -> tuple[str, str]:
        factors = self._factors(self.values)
        left, right, best = (_ENDS[name](factors) for name in ("from_output", "from_input", "cheapest"))
        worse = max(left.multiplications, right.multiplications)
        ends = f"{left.multiplications:,} from the left and {right.multiplications:,} from the right"
        return (
            "How much dearer than the cheapest order is the dearer end?",
            f"It takes {ends}. {best.formula} takes {best.multiplications:,}: the dearer end is "
            f"{worse / best.multiplications:.3g} times as dear.",
        )

    def _factors(self, values: Mapping[str, Any]) -> Factors:
        if values["chain"] == "network":
            return self.study.network.plan(1).chosen.factors
        widths = _CHAINS.get(values["chain"], values["widths"])
        return from_left(list(pairwise(widths))).factors


@lru_cache(maxsize=64)
def _orders(factors: Factors) -> list[Bracketing]:
    """Every bracketing of a short chain; of a longer one the cheapest, and those from the ends."""
    if len(factors) <= MOST_DRAWN:
        return [Bracketing(factors, tree) for tree in every_tree(0, len(factors))]
    several = [order(factors) for order in _ENDS.values()]
    return [one for place, one in enumerate(several) if one not in several[:place]]


@lru_cache(maxsize=64)
def _listed_orders(factors: Factors) -> list[dict[str, Any]]:
    """The orders as they are shown, and what each is: from an end, the cheapest, what the library takes."""
    orders = _orders(factors)
    least = min(one.multiplications for one in orders)
    ends = {"from the left": from_left(factors).tree, "from the right": from_right(factors).tree}
    library = cheapest(factors).tree
    return [
        {
            "formula": one.formula, "tree": _listed(one.tree), "multiplications": one.multiplications,
            "marks": [
                *(mark for mark, tree in ends.items() if one.tree == tree),
                *(["cheapest"] if one.multiplications == least else []),
                *(["the library's"] if one.tree == library else []),
            ],
        }
        for one in orders
    ]  # fmt: skip


def _bracketing(order: str, factors: Factors) -> Bracketing | None:
    """Return an order by its name or its brackets; None if it is none of this chain."""
    try:
        return _ENDS[order](factors) if order in _ENDS else parse(order, factors)
    except ValueError:
        return None


def _listed(tree: Tree) -> Any:
    return tree if isinstance(tree, int) else [_listed(tree[0]), _listed(tree[1])]


def _random_matrices(factors: Factors) -> list[Array]:
    """Matrices to be multiplied for their time; of diagonal ones the diagonal."""
    random = np.random.default_rng(0)
    shapes = [factor.shape if factor.kind == "dense" else factor.shape[:1] for factor in factors]
    return [random.uniform(size=shape) / shape[-1] for shape in shapes]


def _time_of(order: Bracketing, matrices: list[Array]) -> float:
    """Return the least seconds of some products; the largest chain here takes 3·10⁸ multiplications."""
    times: list[float] = []
    while len(times) < _TIMES or sum(times) < _SECONDS:
        began = time.perf_counter()
        order.multiply(matrices)
        times.append(time.perf_counter() - began)
    return min(times)
