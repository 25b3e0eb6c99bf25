"""Section 3: the derivative and the long product (N4, N8 to N11, N13)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson._chain import Link, LongProduct, Outline, at_sum, long_product, lowered, outline
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Choice, Field, Flag, Integer
from chainrule.lesson._plain import matrix, plain
from chainrule.lesson._section import Section, action

__all__ = ["LARGEST_SHOWN", "ProductSection", "parameter_names", "unit_names"]

Array = NDArray[Any]

LARGEST_SHOWN = 300_000
"""Numbers of a matrix that is shown at all."""
_MOST_NAMES = 400

_SAYS = {
    "error": "the derivative of the error in what the network gives: a row",
    "likelihood": "the derivative of cross entropy in the sums q of the output: σ is in it already (N14)",
    "slopes": "the slopes σ′ at the sums q of layer {l}, on the diagonal",
    "softmax": "the derivative of softmax, diag p − p pᵀ: each output depends on each sum",
    "weights": "the matrix of layer {l}: the derivative of q = A z + b in z",
    "layer": "the derivative of layer {l} in its inputs, diag σ′(q) A",
    "parameters": "the derivative of layer {l} in its own matrix and bias",
}
_OF_SEVERAL = {
    "error": "the derivative of the error in what the network gives, a line for each row",
    "slopes": "the slopes σ′ at the sums q of layer {l}, a line for each row: multiplied number by number",
    "softmax": "the p of each row, a line for each: multiplied is by its diag p − p pᵀ",
    "layer": "the derivative of layer {l}, a matrix for each row: that of the first is shown",
}
_AUGMENTED = (
    "what layer {l} was given, and a 1 for the bias, a line for each row: transposed, it adds them up"
)


class ProductSection(Section):
    """The factors of ∇Φ, multiplied one by one."""

    name = "product"
    title = "The derivative and the long product"
    rows = ("N4", "N8", "N9", "N10", "N11", "N13")
    words = (
        "The derivative of a composition is a product of matrices, taken at the values that were kept on the "
        "way forward.",
        "Back propagation multiplies it from the left: a row times a matrix is a row again, all the way to "
        "the end. From the right there are whole matrices in between.",
    )
    to_try = "Multiply from the left to the end, then from the right: the same numbers at another price."
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {
        "of": (Choice(["parameters", "inputs"]), "parameters"),
        "layer": (Integer(1, 9), 1),
        "direction": (Choice(["left", "right"]), "left"),
        "data": (Choice(["row", "batch", "all"]), "row"),
        "split": (Flag(), True),
        "done": (Integer(0, 20), 0),
    }

    def set(self, **values: Any) -> None:
        if any(value != self.values[name] for name, value in values.items() if name != "done"):
            values = {"done": 0, **values}
        wanted = {**self.values, **values}
        if wanted["direction"] == "right" and wanted["data"] != "row":
            raise MessageError(
                "from the right each row has matrices of its own: several rows are multiplied from the left"
            )
        top = len(self.study.network.weights)
        if wanted["layer"] > top:
            raise MessageError(f"layer is {wanted['layer']}; this network has layers 1 to {top}")
        most = self._outline(wanted).products
        if wanted["done"] > most:
            raise MessageError(f"done is {wanted['done']}; the chain has {most} products")
        self.values = wanted

    def study_changed(self) -> None:
        fitting = {**self.values, "layer": min(self.values["layer"], len(self.study.network.weights))}
        self.values = {**fitting, "done": min(self.values["done"], self._outline(fitting).products)}

    @action()
    def multiply(self) -> None:
        """Carry out the next product."""
        self.set(done=self.values["done"] + 1)

    @action()
    def undo(self) -> None:
        """Take the last product back."""
        self.set(done=max(0, self.values["done"] - 1))

    @action()
    def finish(self) -> None:
        """Carry out all products."""
        self.set(done=self._outline(self.values).products)

    def content(self) -> dict[str, Any]:
        plan, direction, done = self._outline(self.values), self.values["direction"], self.values["done"]
        _check_size(plan, direction)
        X, Y, numbers = self._rows_of(self.values["data"])
        product = long_product(plan, self.study.network, X, Y, self.study.setup.loss)
        names = [f"row {number}" for number in numbers[:_MOST_NAMES]] if plan.n > 1 else None
        steps = [
            {"left": left, "right": right, "shape": list(shape), "multiplications": cost}
            for left, right, shape, cost in plan.steps(direction)
        ]
        return {
            "n": plan.n, "factors": self._factors(product, names), "steps": steps, "products": plan.products,
            "multiplied": sum(step["multiplications"] for step in steps[:done]),
            "multiplications": self._prices(plan), "partial": self._partial(product, names),
            "compared": self._compared(product, X, Y) if done == plan.products else None,
        }  # fmt: skip

    def question(self) -> tuple[str, str]:
        plan = self._outline({**self.values, "data": "row"})
        left, right = plan.multiplications("left"), plan.multiplications("right")
        dearer, times = ("right", right / left) if right >= left else ("left", left / right)
        same = f"None: it takes {left:,} multiplications from either end."
        return (
            "How much dearer is this product for one row from the other end?",
            f"From the left it takes {left:,} multiplications, from the right {right:,}: the {dearer} is "
            f"{times:.3g} times as dear." if left != right else same,
        )  # fmt: skip

    def _outline(self, values: Any) -> Outline:
        return outline(
            self.study.network, self.study.setup.loss, self._n(values["data"]),
            of=values["of"], layer=values["layer"], split=values["split"],
        )  # fmt: skip

    def _n(self, data: str) -> int:
        if data == "row":
            return 1
        return len(self.study.learner.next_rows) if data == "batch" else len(self.study.data.X)

    def _rows_of(self, data: str) -> tuple[Array, Array, list[int]]:
        X, Y = self.study.data.X, self.study.data.Y
        if data == "row":
            return self.study.x, self.study.y, [self.study.row]
        if data == "batch":
            places = self.study.learner.next_rows
            return X[places], Y[places], places.tolist()
        return X, Y, list(range(len(X)))

    def _prices(self, plan: Outline) -> dict[str, int | None]:
        """What the whole chain takes from either end; several rows are only multiplied from the left."""
        right = None if plan.n > 1 else plan.multiplications("right")
        return {"left": plan.multiplications("left"), "right": right}

    def _factors(self, product: LongProduct, rows: list[str] | None) -> list[dict[str, Any]]:
        plan = product.outline
        first, last = self._ends(plan)
        inside = range(first, last + 1) if self.values["done"] else ()  # not shown any more
        shown = [
            {
                "name": link.factor.name, "role": link.role, "layer": link.layer,
                "says": self._says(link, plan.n), "shape": list(self._shape(link, plan.n)),
                "matrix": None if place in inside else matrix(product.matrix(place)),
                **self._names(link, rows),
            }
            for place, link in enumerate(plan.links)
        ]  # fmt: skip
        if product.augmented is not None:
            n, width = product.augmented.shape
            shown.append(
                {
                    "name": "Ẑᵀ", "role": "augmented", "layer": plan.layer,
                    "says": _AUGMENTED.format(l=plan.layer), "shape": [width, n],
                    "matrix": None if self.values["done"] == plan.products else matrix(product.augmented.T),
                    "columns": rows,
                    "rows": [*unit_names(self.study.network, plan.layer - 1), "1"],
                }
            )  # fmt: skip
        return shown

    def _shape(self, link: Link, n: int) -> tuple[int, int]:
        """Of several rows that of the matrix of their lines."""
        lines = n > 1 and not link.factor.shared and link.role != "layer"
        return (n, link.factor.shape[1]) if lines else link.factor.shape

    def _says(self, link: Link, n: int) -> str:
        words = _SAYS | (_OF_SEVERAL if n > 1 else {})
        role = "likelihood" if link.role == "error" and at_sum(self.study.setup.loss) else link.role
        return words[role].format(l=link.layer)

    def _names(self, link: Link, rows: list[str] | None) -> dict[str, Any]:
        """What stands beside and above a matrix."""
        net, at = self.study.network, link.layer
        outputs, inputs, sums = unit_names(net, at), unit_names(net, at - 1), unit_names(net, at, "q")
        across = {
            "error": sums if at_sum(self.study.setup.loss) else outputs,
            "weights": inputs,
            "layer": inputs,
            "parameters": parameter_names(net, at),
        }
        down = {"error": [""], "weights": sums, "parameters": outputs if "F" in link.factor.name else sums}
        several = rows is not None and not link.factor.shared and (
            link.role != "layer" or link.factor.shape[0] == 1
        )  # fmt: skip
        return {
            "rows": rows if several else down.get(link.role, outputs),
            "columns": across.get(link.role, sums),
        }

    def _ends(self, plan: Outline) -> tuple[int, int]:
        """The first and the last factor of what has been multiplied."""
        done, last = self.values["done"], len(plan.links) - 1
        return (0, min(done, last)) if self.values["direction"] == "left" else (last - done, last)

    def _partial(self, product: LongProduct, rows: list[str] | None) -> dict[str, Any] | None:
        """What the products so far have come to, and which factors are in it."""
        done, direction = self.values["done"], self.values["direction"]
        if done == 0:
            return None
        plan, net = product.outline, self.study.network
        summed = plan.augmented is not None and done == plan.products
        ends = self._ends(plan)
        first, final = plan.links[ends[0]], plan.links[ends[1]]
        down = self._names(first, rows)["rows"]
        across = self._names(final, None)["columns"]
        if summed:
            down, across = [*unit_names(net, plan.layer - 1), "1"], unit_names(net, plan.layer, "q")
        name = product.outline.orders[direction].formula if done == plan.products else None
        return {
            "first": ends[0], "last": ends[1], "summed": summed, "formula": name,
            "matrix": matrix(product.partial(direction, done)), "rows": down, "columns": across,
        }  # fmt: skip

    def _compared(self, product: LongProduct, X: Array, Y: Array) -> dict[str, Any]:
        """The library's own gradient, in the shape of the product."""
        net, loss, layer = self.study.network, self.study.setup.loss, self.values["layer"]
        result = product.partial(self.values["direction"], product.outline.products)
        if self.values["of"] == "inputs":
            library = net.input_gradient(X, Y, loss)
        else:
            gradient = net.gradient(X, Y, loss)
            blocks = [gradient[block.place] for block in net.layout.of_layer(layer - 1)]
            library = np.concatenate(blocks).reshape(result.shape)
        return {
            "matrix": matrix(library), "difference": plain(np.abs(result - library).max()),
            "length": plain(np.linalg.norm(result)),
        }  # fmt: skip


def _check_size(plan: Outline, direction: str) -> None:
    largest = plan.largest(direction)
    if largest > LARGEST_SHOWN:
        raise MessageError(
            f"one of these matrices has {largest:,} numbers; shown are up to {LARGEST_SHOWN:,}: choose "
            "another layer, the inputs, or other rows"
        )


def unit_names(net: Any, layer: int, letter: str = "z") -> list[str]:
    """Return z₁, z₂, … for the units of a layer; of inputs x, of outputs F."""
    if letter == "z":
        letter = "x" if layer == 0 else "F" if layer == len(net.weights) else "z"
    return [f"{letter}{lowered(unit + 1)}" for unit in range(net.layer_sizes[layer])]


def parameter_names(net: Any, layer: int) -> list[str] | None:
    """Return A₁₁, A₂₁, …, b₁ in the order of η; nothing for very many."""
    fan_in, fan_out = net.layer_sizes[layer - 1 : layer + 1]
    if fan_out * (fan_in + 1) > _MOST_NAMES:
        return None
    between = "" if max(fan_in, fan_out) < 10 else "‚"
    entries = [f"A{lowered(k + 1)}{between}{lowered(i + 1)}" for i in range(fan_in) for k in range(fan_out)]
    return [*entries, *(f"b{lowered(k + 1)}" for k in range(fan_out))]
