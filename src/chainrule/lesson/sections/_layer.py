"""Section 4: a layer's derivative in its own parameters, with its zeros (N10)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import lecture_columns
from chainrule.lesson._chain import long_product, outline, slopes
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Choice, Field, Integer
from chainrule.lesson._plain import MOST_NUMBERS, matrix, plain
from chainrule.lesson._section import Section
from chainrule.lesson.sections._product import LARGEST_SHOWN, parameter_names, unit_names

__all__ = ["LayerSection"]

Array = NDArray[Any]


class LayerSection(Section):
    """The matrix of N10, in the lecture's order and in that of η, and its factored form."""

    name = "layer"
    title = "A layer's own parameters"
    rows = ("N10",)
    words = (
        "Each sum q = A z + b has a line of A and a bias of its own: in the columns of all others the "
        "derivative is 0.",
        "What is left is σ′(q) times z, or times 1 for the bias. So the error's derivative in A is δ zᵀ: a "
        "column times a row says all of it.",
    )
    to_try = "Point at an entry; then change the order of the columns, and see where the zeros go."
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {
        "layer": (Integer(1, 13), 1),
        "order": (Choice(["lecture", "eta"]), "lecture"),
    }

    def set(self, **values: Any) -> None:
        wanted, top = {**self.values, **values}, len(self.study.network.weights)
        if wanted["layer"] > top:
            raise MessageError(f"layer is {wanted['layer']}; this network has layers 1 to {top}")
        self.values = wanted

    def study_changed(self) -> None:
        top = len(self.study.network.weights)
        self.values = {**self.values, "layer": min(self.values["layer"], top)}

    @property
    def _sizes(self) -> tuple[int, int]:
        """fan_in and fan_out."""
        sizes, layer = self.study.network.layer_sizes, self.values["layer"]
        return sizes[layer - 1], sizes[layer]

    def content(self) -> dict[str, Any]:
        net, layer, (fan_in, fan_out) = self.study.network, self.values["layer"], self._sizes
        size = fan_out * fan_out * (fan_in + 1)
        if size > LARGEST_SHOWN:
            raise MessageError(
                f"this matrix has {size:,} numbers, of which {fan_out * (fan_in + 1):,} can differ from 0; "
                f"shown are up to {LARGEST_SHOWN:,}: choose another layer"
            )
        z = net.layers(self.study.x)
        in_order = self._order()
        of_eta = net.layer_parameter_jacobian(self.study.x, layer - 1)[0]
        derivative = net.output if layer == len(net.weights) else str(net.activations[layer - 1])
        return {
            "fan_in": fan_in, "fan_out": fan_out, "function": derivative,
            "q": plain((z[layer - 1] @ net.weights[layer - 1] + net.biases[layer - 1])[0]),
            "z": plain(z[layer - 1][0]), "slopes": self._slopes(z),
            "matrix": matrix(of_eta[:, in_order]), "n_not_zero": int(np.count_nonzero(of_eta)),
            "n_numbers": of_eta.size, "columns": self._columns(in_order) if size <= MOST_NUMBERS else None,
            "units": unit_names(net, layer, "F" if layer == len(net.weights) else "z"),
            "inputs": unit_names(net, layer - 1), "factored": self._factored(),
        }  # fmt: skip

    def question(self) -> tuple[str, str]:
        fan_in, fan_out = self._sizes
        whole, parts = fan_out * fan_out * (fan_in + 1), fan_in + 1 + fan_out
        return (
            "How many numbers need to be kept of this matrix, for one row?",
            f"It has {fan_out} · {fan_out * (fan_in + 1)} = {whole:,} numbers. Its factors z, 1 and σ′ have "
            f"{fan_in} + 1 + {fan_out} = {parts}: {whole / parts:.3g} times fewer."
            if not self._mixes else
            f"It has {whole:,} numbers, and with softmax none of them needs to be 0. z, 1 and the p have "
            f"{fan_in} + 1 + {fan_out} = {parts}.",
        )  # fmt: skip

    @property
    def _mixes(self) -> bool:
        """Whether an output depends on the sums of others."""
        return (
            self.values["layer"] == len(self.study.network.weights) and self.study.network.output == "softmax"
        )

    def _order(self) -> Array:
        """The place in the order of η of each column that is shown."""
        fan_in, fan_out = self._sizes
        if self.values["order"] == "eta":
            return np.arange(fan_out * (fan_in + 1))
        return np.argsort(lecture_columns(fan_in, fan_out))

    def _columns(self, in_order: Array) -> dict[str, Any]:
        """For each column its parameter: of which sum, times which input (fan_in: the bias), where in η."""
        fan_out, net = self._sizes[1], self.study.network
        names = parameter_names(net, self.values["layer"])
        weight, bias = net.layout.of_layer(self.values["layer"] - 1)
        places = np.concatenate([np.arange(weight.size) + weight.offset, np.arange(bias.size) + bias.offset])
        return {
            "names": None if names is None else [names[place] for place in in_order],
            "unit": plain(in_order % fan_out), "input": plain(in_order // fan_out),
            "place": plain(places[in_order]),
        }  # fmt: skip

    def _slopes(self, z: list[Array]) -> list[Any]:
        """σ′ of each sum; with softmax the lines of its derivative."""
        net, layer = self.study.network, self.values["layer"]
        d = slopes(net, z, layer)[0]
        lines: list[Any] = plain(np.diag(d) - np.outer(d, d) if self._mixes else d)
        return lines

    def _factored(self) -> dict[str, Any]:
        """δ and ẑ = [z; 1], their product, and the library's gradient in the same form, [∂A ∂b]."""
        net, study, layer = self.study.network, self.study, self.values["layer"]
        plan = outline(net, study.setup.loss, 1, of="parameters", layer=layer, split=True)
        chain = long_product(plan, net, study.x, study.y, study.setup.loss)
        δ = chain.partial("left", plan.products - 1)
        ẑ = np.append(chain.arrays[-1][0, 0, : -self._sizes[1] : self._sizes[1]], 1.0)
        product = np.outer(δ, ẑ)
        gradient = net.gradient(study.x, study.y, study.setup.loss)
        of_A, of_b = [block.view(gradient) for block in net.layout.of_layer(layer - 1)]
        library = np.column_stack([of_A.T, of_b])
        return {
            "delta": matrix(δ.T), "z": matrix(ẑ), "product": matrix(product), "gradient": matrix(library),
            "difference": plain(np.abs(product - library).max()), "n_numbers": δ.size + ẑ.size,
        }  # fmt: skip
