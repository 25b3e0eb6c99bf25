"""Section 6: the derivative as the best linear model, and what it leaves out (N4, N5)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule import testing
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Field, Integer, Number, Several
from chainrule.lesson._plain import heat, matrix, plain
from chainrule.lesson._section import Section

__all__ = ["TaylorSection"]

Array = NDArray[Any]

_ON_THE_LINE = np.linspace(-1.5, 1.5, 61)  # multiples of Δx; 1 is one of them
_LENGTHS = np.geomspace(1.0, 1e-3, 25)  # multiples of half the plane's width
_GRID = 32
_STEP = (0.6, 0.3)


class TaylorSection(Section):
    """F, its tangent and its second order along Δx and over the plane; the remainders over ‖Δx‖."""

    name = "taylor"
    title = "The tangent that leaves the curve"
    rows = ("N4", "N5")
    words = (
        "Near the chosen row the network is almost linear: F(x + Δx) is close to F(x) + DF(x) Δx.",
        "What the tangent leaves out shrinks with the square of Δx; with second derivatives, with its cube.",
        "On axes of powers of ten that is a line of slope 2 or 3, which is a test of any derivative.",
    )
    to_try = "Drag Δx towards the row: the three curves meet, and the remainders go down along their lines."
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {
        "step": (Several(Number(-2.0, 2.0), 1, 2), _STEP),
        "output": (Integer(0, 10_000), 0),
    }

    def set(self, **values: Any) -> None:
        axes, outputs = len(self.study.data.plane.names), self.study.network.layer_sizes[-1]
        if values.get("step") == _STEP:  # of an address that leaves it out
            values["step"] = _STEP[:axes]
        if "step" in values and len(values["step"]) != axes:
            raise MessageError(f"step of taylor has {len(values['step'])} numbers; this plane has {axes}")
        if "step" in values and not any(values["step"]):
            raise MessageError("step of taylor is 0; accepted is a step with a direction")
        if values.get("output", 0) >= outputs:
            raise MessageError(f"output of taylor is {values['output']}; there are 0 to {outputs - 1}")
        super().set(**values)

    def study_changed(self) -> None:
        axes = len(self.study.data.plane.names)
        fitting = self.values["step"] if len(self.values["step"]) == axes else _STEP[:axes]
        output = min(self.values["output"], self.study.network.layer_sizes[-1] - 1)
        self.values = {**self.values, "step": fitting, "output": output}

    @property
    def _half(self) -> Array:
        plane = self.study.data.plane
        return np.asarray(np.subtract(plane.high, plane.low) / 2)

    def _step(self, share: Array) -> Array:
        """Δx (n_inputs,) of a step in the plane, in halves of its width."""
        study = self.study
        end = study.data.plane.points[study.row] + share * self._half
        return np.asarray(study.data.plane.to_inputs(end[None], study.row)[0] - study.x[0])

    def _models(self, steps: Array) -> list[Array]:
        """F and its models of first and second order at x + each of the steps (k, n_inputs)."""
        net, x = self.study.network, np.tile(self.study.x, (len(steps), 1))
        return [net(x + steps), net.taylor(x, 1)(steps), net.taylor(x, 2)(steps)]

    def content(self) -> dict[str, Any]:
        study, k = self.study, self.values["output"]
        plane, share = study.data.plane, np.array(self.values["step"])
        dx = self._step(share)
        at = self._models(dx[None])
        if not all(np.isfinite(part).all() for part in at):
            raise MessageError("F is not finite here, or its derivatives are not: begin anew")
        return {
            "plane": {
                "names": list(plane.names), "low": list(plane.low), "high": list(plane.high),
                "half": plain(self._half), "point": plain(plane.points[study.row]),
                "end": plain(plane.points[study.row] + share * self._half),
            },
            "x": plain(study.x[0]), "dx": plain(dx), "length": float(np.linalg.norm(dx)),
            "output": k, "jacobian": matrix(study.network.jacobian(study.x)[0]),
            "value": plain(study.network(study.x)[0, k]),
            "at": dict(zip(("f", "first", "second"), (plain(part[0, k]) for part in at), strict=True)),
            "left": {name: plain(one) for name, one in zip(("first", "second"), self._left(dx), strict=True)},
            "line": {"t": plain(_ON_THE_LINE), **self._named(_ON_THE_LINE[:, None] * dx, k)},
            "remainders": self._remainders(self._step(share / np.linalg.norm(share))),
            "maps": self._maps(k),
        }  # fmt: skip

    def _named(self, steps: Array, k: int) -> dict[str, Any]:
        names = "f", "first", "second"
        return {name: plain(part[:, k]) for name, part in zip(names, self._models(steps), strict=True)}

    def _left(self, dx: Array) -> tuple[float, float]:
        """‖F − model‖ at x + Δx, over all outputs, for both orders."""
        f, first, second = self._models(dx[None])
        return float(np.linalg.norm(f - first)), float(np.linalg.norm(f - second))

    def _remainders(self, v: Array) -> dict[str, Any]:
        """Both remainders over the length of steps along v, lines of slopes 2 and 3, and measured slopes."""
        f, first, second = self._models(_LENGTHS[:, None] * v)
        left = [np.linalg.norm(f - model, axis=1) for model in (first, second)]
        lines = [_through(remainder, power) for remainder, power in zip(left, (2, 3), strict=True)]
        return {
            "length": plain(_LENGTHS * np.linalg.norm(v)),
            "first": plain(_positive(left[0])), "second": plain(_positive(left[1])),
            "two": plain(lines[0]), "three": plain(lines[1]), "slopes": plain(self._slopes(v)),
        }  # fmt: skip

    def _slopes(self, v: Array) -> list[float]:
        """Slopes of the remainders along v; nan where nothing is left out but rounding."""
        net, x = self.study.network, self.study.x
        first, second = (net.taylor(x, order)(v[None])[0] for order in (1, 2))
        D, D2 = net.pushforward(x, v[None])[0], 2 * (second - first)
        found = [
            testing.remainder_slope(lambda h: net(x + h * v)[0], D[:, None], [0.0], [1.0], d2f)
            for d2f in (None, D2[:, None, None])
        ]
        return [slope if np.isfinite(slope) else np.nan for slope in found]

    def _maps(self, k: int) -> dict[str, Any] | None:
        """F and both models over the plane, on one scale."""
        plane, x = self.study.data.plane, self.study.x[0]
        if len(plane.names) < 2:
            return None
        parts = [
            part[:, k].reshape(_GRID, _GRID) for part in self._models(plane.grid(_GRID, self.study.row) - x)
        ]
        middle, bound = (0.5, 0.5) if self.study.data.classes else (0.0, float(np.abs(parts[0]).max()))
        names = "f", "first", "second"
        shown = {name: heat(part, bound, middle) for name, part in zip(names, parts, strict=True)}
        ends = {end: shown["f"][end] for end in ("low", "high")}
        return {**shown, "level": {**ends, "middle": middle}}

    def question(self) -> tuple[str, str]:
        dx = self._step(np.array(self.values["step"]))
        whole, half = self._left(dx), self._left(dx / 2)
        if min(*whole, *half) == 0:
            return "What is left out here?", "Nothing: along Δx this network is its own model."
        return (
            "By what does a remainder shrink when Δx is halved?",
            f"From {whole[0]:.3g} to {half[0]:.3g}, {whole[0] / half[0]:.2f} times (4 for small Δx); with "
            f"second derivatives from {whole[1]:.3g} to {half[1]:.3g}, {whole[1] / half[1]:.2f} times (8).",
        )


def _positive(remainder: Array) -> Array:
    """A remainder for an axis of powers of ten: zero has no place there."""
    return np.where(remainder > 0, remainder, np.nan)


def _through(remainder: Array, power: int) -> Array:
    """The line of a slope through the remainder at a tenth of the largest length."""
    anchor = len(_LENGTHS) // 3
    return _positive(remainder[anchor] * (_LENGTHS / _LENGTHS[anchor]) ** power)
