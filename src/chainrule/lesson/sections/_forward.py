"""Section 2: one row goes forward; with biases beside the matrices or in them (N1, N9, N15)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from numpy.typing import NDArray

from chainrule.calculus import forward, forward_augmented
from chainrule.lesson._chain import lowered, slopes
from chainrule.lesson._fields import Field, Flag
from chainrule.lesson._plain import matrix, plain
from chainrule.lesson._section import Section

__all__ = ["ForwardSection"]

Array = NDArray[Any]

_MOST_TERMS = 4
"""Of a sum that is written out in an answer."""


class ForwardSection(Section):
    """The chosen row's q and z of each layer, the matrices they come from, and the error."""

    name = "forward"
    title = "One row goes forward"
    rows = ("N1", "N9", "N15")
    words = (
        "A layer multiplies what it is given by its matrix A, adds b, which gives q, and applies σ to each "
        "number of q, which gives z.",
        "All these numbers are kept: the derivative is made of them, and nothing is computed twice.",
        "With a 1 before each z and b as the first column, the matrix Â says both: Â ẑ is the whole sum.",
    )
    to_try = "Point at a number of q: its sum is written out. Then put the biases into the matrices."
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {"augmented": (Flag(), False)}

    def content(self) -> dict[str, Any]:
        study, net = self.study, self.study.network
        functions = [*map(str, net.activations), net.output]
        z, Â = net.layers(study.x), net.augmented_weights
        q = forward(study.x, net.weights, net.biases, functions[:-1], net.output).q
        hats = forward_augmented(study.x, Â, functions[:-1], net.output)
        return {
            "row": study.row,
            "names": list(study.data.inputs),
            "input": plain(study.x[0]),
            "x_hat": plain(hats[0][0]),
            "target": plain(study.y[0]),
            "output": plain(z[-1][0]),
            "outputs": list(study.data.outputs),
            "error": {
                "name": study.setup.loss.replace("_", " "),
                "value": plain(net.error(study.x, study.y, study.setup.loss)),
            },
            "layers": [
                {
                    "name": f"F_{at}",
                    "activation": functions[at - 1],
                    "shape": list(net.weights[at - 1].shape),
                    "weights": matrix(net.weights[at - 1].T),
                    "bias": plain(net.biases[at - 1]),
                    "q": plain(q[at - 1][0]),
                    "z": plain(z[at][0]),
                    "slope": None if functions[at - 1] == "softmax" else plain(slopes(net, z, at)[0]),
                    "augmented": matrix(Â[at - 1]),
                    "z_hat": plain(hats[at][0]),
                }
                for at in range(1, len(z))
            ],
        }

    def question(self) -> tuple[str, str]:
        net, x = self.study.network, self.study.x[0]
        W, b = net.weights[0][:, 0], float(net.biases[0][0])
        q = float(x @ W + b)
        terms = [f"{_term(w)} · {_term(value)}" for w, value in zip(W, x, strict=True)]
        written = " + ".join([*terms[:_MOST_TERMS], *["…"] * (len(terms) > _MOST_TERMS), _term(b)])
        function = [*map(str, net.activations), net.output][0]
        z = float(net.layers(self.study.x)[1][0, 0])
        name = f"{lowered(1)},{lowered(1)}"
        of_what = (
            f"{function}({q:.4g})" if function != "softmax" else f"softmax of all q, with q{name} = {q:.4g}"
        )
        return (
            f"What is the sum q{name} of the first unit for this row, and what does σ make of it?",
            f"q{name} = {written} = {q:.4g}, and z{name} = {of_what} = {z:.4g}.",
        )


def _term(number: float) -> str:
    """A number of a sum: a negative one in brackets."""
    return f"{number:.4g}" if number >= 0 else f"({number:.4g})"
