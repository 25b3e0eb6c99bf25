"""Section 8: cross entropy beside the squared error, while the output saturates (N14)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import OUTPUTS, output_delta, sample_errors
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Choice, Field, Integer, Number
from chainrule.lesson._plain import plain
from chainrule.lesson._section import Section
from chainrule.network import Network

__all__ = ["CrossEntropySection"]

Array = NDArray[Any]

_SHIFTS = np.linspace(-12.0, 12.0, 97)


class CrossEntropySection(Section):
    """Error, δ and the gradient's length of one row under both losses, as one number of q moves."""

    name = "cross_entropy"
    title = "Cross entropy"
    rows = ("N14",)
    words = (
        "The last layer makes a probability F of a number q. Far from 0 it saturates: F hardly changes.",
        "With the squared error this flatness goes into the gradient: an output that is sure and wrong "
        "learns next to nothing.",
        "With cross entropy it cancels: the derivative at q is F − y.",
    )
    to_try = "Move q to where the output is sure and wrong, and compare the lengths of the two gradients."
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {
        "shift": (Number(-40.0, 40.0), 0.0),
        "unit": (Integer(0, 10_000), 0),
        "squared": (Choice(["sum_squared_error", "half_squared_error"]), "sum_squared_error"),
    }

    def set(self, **values: Any) -> None:
        outputs = self.study.network.layer_sizes[-1]
        if values.get("unit", 0) >= outputs:
            raise MessageError(f"unit of cross_entropy is {values['unit']}; there are 0 to {outputs - 1}")
        super().set(**values)

    def study_changed(self) -> None:
        last = self.study.network.layer_sizes[-1] - 1
        self.values = {**self.values, "unit": min(self.values["unit"], last)}

    def _before_the_output(self) -> Network:
        """The network up to q."""
        net = self.study.network
        if net.output not in ("logistic", "softmax"):
            raise MessageError(
                "cross entropy is for classes, and these data have a number to learn; "
                "choose data with classes above, such as xor"
            )
        return Network.from_weights(net.weights, net.biases, net.activations, "identity")

    def _under(self, loss: str, q: Array, kernel: Array) -> tuple[Array, Array, Array]:
        """Errors (k,), δ (k, p) and lengths of the gradient in η (k,), at several q (k, p) of the row.

        The gradient is δ · ∂q/∂η, so the square of its length is δ K δᵀ, with K = ∂q/∂η (∂q/∂η)ᵀ, the row's
        tangent kernel; q moves by the last bias, of which ∂q/∂η does not depend.
        """
        y, output = np.tile(self.study.y, (len(q), 1)), self.study.network.output
        delta = output_delta(q, y, loss, output)
        squares = np.einsum("ki,ij,kj->k", delta, kernel, delta)
        return sample_errors(q, y, loss, output), delta, np.sqrt(squares)

    def content(self) -> dict[str, Any]:
        study, unit, output = self.study, self.values["unit"], self.study.network.output
        linear = self._before_the_output()
        q0, kernel = linear(study.x)[0], linear.tangent_kernel(study.x)[0, :, 0, :]
        e = np.eye(len(q0))[unit]
        if not (np.isfinite(q0).all() and np.isfinite(kernel).all()):
            raise MessageError("q of this row is not finite, or its derivatives are not: begin anew")
        q, line = q0 + self.values["shift"] * e, q0 + _SHIFTS[:, None] * e
        F = OUTPUTS[output].value(q[None])[0]
        scene = {
            "output_function": output, "unit": unit, "q_of_the_row": plain(q0), "q": plain(q), "F": plain(F),
            "y": plain(study.y[0]), "F_minus_y": plain(F - study.y[0]),
            "line": {"q": plain(line[:, unit]), "F": plain(OUTPUTS[output].value(line)[:, unit])},
            "losses": {},
        }  # fmt: skip
        for name, loss in (("cross_entropy", "cross_entropy"), ("squared", self.values["squared"])):
            error, delta, length = self._under(loss, q[None], kernel)
            errors, _, lengths = self._under(loss, line, kernel)
            scene["losses"][name] = {
                "loss": loss, "error": plain(error[0]), "delta": plain(delta[0]), "length": plain(length[0]),
                "errors": plain(errors), "lengths": plain(lengths),
            }  # fmt: skip
        return scene

    def question(self) -> tuple[str, str]:
        scene = self.content()
        both, unit = scene["losses"], scene["unit"]
        entropy, squared = both["cross_entropy"]["length"], both["squared"]["length"]
        if None in (entropy, squared, scene["q"][unit], scene["F"][unit]):
            return (
                "How much longer is the gradient with cross entropy, at this q?",
                "Here it is no finite number.",
            )
        times = f"{entropy / squared:.3g} times as long" if squared else "and nothing is left of the other"
        return (
            "How much longer is the gradient with cross entropy, at this q?",
            f"At q = {scene['q'][unit]:.3g} the output is {scene['F'][unit]:.3g} and should be "
            f"{scene['y'][unit]:.3g}: {entropy:.3g} against {squared:.3g}, {times}.",
        )
