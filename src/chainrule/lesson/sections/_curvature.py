"""Section 9: curvature: Gauss-Newton, the Hessian, the steps they lead to, and the tangent kernel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Field, Number
from chainrule.lesson._plain import LARGEST_GRID, heat, plain
from chainrule.lesson._section import Section
from chainrule.lesson._study import Study
from chainrule.network import one_blas_thread

__all__ = ["CurvatureSection"]

Array = NDArray[Any]

MOST_PARAMETERS = 300
MOST_WORK = 2e8
"""Rows · parameters²: the multiplications in a matrix of curvature, up to a second or so."""
MOST_ROWS = 60
"""Rows of the tangent kernel."""
_MOST_VALUES = 3_600
_DAMPINGS = np.geomspace(1e-8, 1e4, 49)


@dataclass(frozen=True)
class _Matrices:
    """Gradient, both matrices, and Gauss-Newton's eigenvalues and eigenvectors, at one η."""

    error: float
    gradient: Array
    gauss_newton: Array
    hessian: Array
    values: Array
    vectors: Array
    hessian_values: Array

    @classmethod
    def of(cls, study: Study) -> "_Matrices":
        X, Y, loss = study.data.X, study.data.Y, study.setup.loss
        at = study.network.at(X)
        error, gradient = at.error(Y, loss), at.gradient(Y, loss)
        G, H = at.gauss_newton(Y, loss).to_array(), at.hessian(Y, loss).to_array()
        if not (np.isfinite(error) and all(np.isfinite(part).all() for part in (gradient, G, H))):
            raise MessageError("the error of this network or its derivatives are not finite: begin anew")
        if not np.diag(G).max() > 0:
            raise MessageError("all first derivatives are 0 here, as every row is saturated: begin anew")
        return cls(error, gradient, G, H, *np.linalg.eigh(G), np.linalg.eigvalsh(H))

    def μ(self, damping: float) -> float:
        """A damping, which is a share of G's largest diagonal entry, as a number."""
        return float(damping * np.diag(self.gauss_newton).max())

    def step(self, damping: float) -> Array:
        """s = −(G + μI)⁻¹ ∇E."""
        μ = self.μ(damping)
        shares = (self.vectors.T @ self.gradient) / (np.maximum(self.values, 0) + μ)
        return np.asarray(-self.vectors @ shares)

    def promised(self, s: Array) -> float:
        """E + ∇E·s + ½ sᵀ G s: what the quadratic model says of the error after a step."""
        return float(self.error + self.gradient @ s + s @ self.gauss_newton @ s / 2)


class CurvatureSection(Section):
    """Matrices of curvature with their eigenvalues, steps by a damping, and the kernel of some rows."""

    name = "curvature"
    title = "Curvature"
    rows = ("N5", "N13")
    words = (
        "The Hessian is the second derivative of the error in all parameters. The part of it that comes from "
        "first derivatives of F is Gauss and Newton's matrix G, which has no negative eigenvalues.",
        "Levenberg and Marquardt's step goes to the lowest point of that quadratic model, held back by a "
        "damping μ: (G + μI) s = −∇E.",
        "The tangent kernel tells how much a step for one row changes the output of another.",
    )
    to_try = "Raise the damping: the step grows shorter and turns into the direction of the gradient's."
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {"damping": (Number(1e-8, 1e4), 1e-2)}

    def __init__(self, study: Study) -> None:
        super().__init__(study)
        self._kept: tuple[int, _Matrices] | None = None

    def _matrices(self) -> _Matrices:
        """The matrices at the network as it is now, computed once."""
        study = self.study
        P, n = study.network.n_parameters, len(study.data.X)
        if P > MOST_PARAMETERS:
            raise MessageError(
                f"curvature is shown for up to {MOST_PARAMETERS} parameters, and this network has {P:,}; "
                "take fewer or narrower layers"
            )
        if n * P**2 > MOST_WORK:
            raise MessageError(
                f"{n:,} rows and {P} parameters take too long for a matrix of curvature; take fewer of either"
            )
        if self._kept is None or self._kept[0] != study.version:
            with one_blas_thread():
                self._kept = study.version, _Matrices.of(study)
        return self._kept[1]

    def _error_after(self, s: Array) -> float:
        moved = self.study.network.copy()
        if not np.isfinite(moved.parameters + s).all():
            return float("nan")
        moved.parameters = moved.parameters + s
        return float(moved.error(self.study.data.X, self.study.data.Y, self.study.setup.loss))

    def _described(self, at: _Matrices, s: Array) -> dict[str, float]:
        return {
            "length": float(np.linalg.norm(s)), "angle": _angle(s, -at.gradient),
            "promised": at.promised(s), "error": self._error_after(s),
        }  # fmt: skip

    def _steps(self, at: _Matrices) -> dict[str, dict[str, float]]:
        """The damped step and the gradient's."""
        damped, gradient = at.step(self.values["damping"]), -self.study.setup.rate * at.gradient
        return {
            "levenberg_marquardt": self._described(at, damped), "gradient": self._described(at, gradient)
        }  # fmt: skip

    def content(self) -> dict[str, Any]:
        at, study = self._matrices(), self.study
        steps = [at.step(damping) for damping in _DAMPINGS]
        X = study.data.X[:MOST_ROWS]
        return {
            "n_parameters": len(at.gradient), "n_rows": len(study.data.X), "error": plain(at.error),
            "gauss_newton": _shown(at.gauss_newton), "hessian": _shown(at.hessian),
            "names": _names(study), "eigenvalues": _eigenvalues(at),
            "damping": at.μ(self.values["damping"]),
            "gradient_length": plain(np.linalg.norm(at.gradient)), "rate": study.setup.rate,
            "steps": {
                name: {each: plain(value) for each, value in step.items()}
                for name, step in self._steps(at).items()
            },
            "over_damping": {
                "damping": plain(_DAMPINGS), "length": plain([np.linalg.norm(s) for s in steps]),
                "angle": plain([_angle(s, -at.gradient) for s in steps]),
                "error": plain([self._error_after(s) for s in steps]),
            },
            "kernel": _shown(study.network.tangent_kernel(X, trace_outputs=True)), "n_kernel_rows": len(X),
        }  # fmt: skip

    def question(self) -> tuple[str, str]:
        at = self._matrices()
        after, gradient = self._steps(at).values()
        return (
            "Which step makes the error smaller, and does the model keep its promise?",
            f"From {at.error:.4g} the damped step leads to {after['error']:.4g}, where the model promised "
            f"{after['promised']:.4g}; the gradient's, with rate {self.study.setup.rate:g}, to "
            f"{gradient['error']:.4g}.",
        )


def _names(study: Study) -> list[str]:
    """Of each number of η, as in W1[0, 1]."""
    names = []
    for letter, blocks in (("W", study.network.layout.weights), ("b", study.network.layout.biases)):
        for layer, block in enumerate(blocks, 1):
            names += [f"{letter}{layer}{[*place]}" for place in np.ndindex(*block.shape)]
    return names


def _eigenvalues(at: _Matrices) -> dict[str, Any]:
    """Both matrices' eigenvalues, the largest first; to be drawn by powers of ten, those beyond rounding."""
    gauss_newton, hessian = at.values[::-1], at.hessian_values[::-1]
    rounding = len(hessian) * np.finfo(float).eps * np.abs(hessian).max()
    drawn = {
        "gauss_newton": np.where(gauss_newton > rounding, gauss_newton, np.nan),
        "hessian": np.where(hessian > rounding, hessian, np.nan),
        "sizes_of_negative": np.where(hessian < -rounding, -hessian, np.nan),
    }
    return {
        "gauss_newton": plain(gauss_newton), "hessian": plain(hessian), "rounding": plain(rounding),
        "n_negative": int(np.sum(hessian < -rounding)),
        "drawn": {name: plain(values) for name, values in drawn.items()},
    }  # fmt: skip


def _angle(a: Array, b: Array) -> float:
    """The angle between two vectors in degrees; nan if one is 0.

    By the difference and the sum of the unit vectors, which tell small angles apart where a cosine cannot
    (Kahan, "How futile are mindless assessments of roundoff in floating-point computation?", section 12).
    """
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if not all(lengths):
        return float("nan")
    a, b = a / lengths[0], b / lengths[1]
    return float(np.degrees(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))


def _shown(array: Array) -> dict[str, Any]:
    """A square matrix, with its numbers if they are not too many to send with each frame."""
    shown: dict[str, Any] = {"shape": list(array.shape), "values": None}
    if array.size <= _MOST_VALUES:
        shown["values"] = plain(array)
    if len(array) > LARGEST_GRID:
        shown["heat"] = heat(array)
    return shown
