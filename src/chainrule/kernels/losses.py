"""Compiled twins of `chainrule.calculus.losses`: a loss at the output of one batch.

An output loss reads q_L (or z_L and σ′(q_L)) and the right answers y, and writes E_i for each sample and
δ_L = ∂E_i/∂q_L. It is a loop with a C signature, known to the epoch by its address:
(z, d, y, errors, delta, n_samples, n_outputs). Which of q and (z, d) it wants is `OutputLoss.at`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.calculus.losses import levels_of
from chainrule.kernels._compile import Function, Loop, kernel, named
from chainrule.kernels.arithmetic.elementary import exp_and_expm1, machine_epsilon, shares
from chainrule.kernels.softmax import pull_through_softmax


@dataclass(frozen=True)
class OutputLoss:
    """A loss at an output: its loop, and what the forward pass leaves there for it."""

    loop: Loop
    at: Literal["q", "z"]


def _output_loss(name: str, at: Literal["q", "z"], loop: Function) -> OutputLoss:
    named(f"{name}.{loop.__name__}", loop)
    return OutputLoss(
        Loop(loop, lambda real: signature(types.void, *[types.CPointer(real)] * 5, types.intp, types.intp)),
        at,
    )


def _square(factor: float) -> Function:
    """ρ = factor · r² and ρ′."""

    def square(r: Any, k: Any) -> Any:
        real = type(r)
        return real(factor) * (r * r), real(2 * factor) * r

    return square


def _huber(r: Any, k: Any) -> Any:
    """ρ = ½ r² up to |r| = 1, and from there on its tangent |r| − ½; and ρ′."""
    real = type(r)
    near = real(1) if r > 1 else -real(1) if r < -1 else r  # r, or its sign; NaN stays NaN
    return near * (r - real(0.5) * near), near


def _pinball(*levels: float) -> Function:
    """ρ = -τ r below the answer and (1 - τ) r from it on, and ρ′; one τ, or one for each output k."""
    last = len(levels) - 1

    def pinball(r: Any, k: Any) -> Any:
        real = type(r)
        level = levels[min(k, last)]
        slope = real(1 - level) if r >= 0 else -real(level) if r < 0 else r  # NaN stays NaN
        return slope * r, slope

    return pinball


RESIDUALS: dict[str, Function] = {
    "sum_squared_error": _square(1.0),
    "half_squared_error": _square(0.5),
    "huber": _huber,
    "quantile": _pinball(0.5),
}
"""ρ and ρ′ of the losses Σ_k ρ(F_k - y_k), from the residual of an output k."""


def _of_residuals(name: str, output: str) -> OutputLoss:
    """Σ_k ρ(F_k - y_k), at an output without (identity), with a diagonal, or with softmax' derivative."""
    levels = levels_of(name)
    value_and_slope = kernel(named(f"{name}.residual", _pinball(*levels) if levels else RESIDUALS[name]))

    def identity(q: Any, d: Any, y: Any, errors: Any, delta: Any, n: Any, p: Any) -> None:
        outputs, answers, deltas = carray(q, (n, p)), carray(y, (n, p)), carray(delta, (n, p))
        totals = carray(errors, n)
        for i in range(n):
            total = type(totals[i])(0)
            for k in range(p):
                value, deltas[i, k] = value_and_slope(outputs[i, k] - answers[i, k], k)
                total += value
            totals[i] = total

    identity_loop = kernel(named(f"{name}.identity", identity))

    def diagonal(z: Any, d: Any, y: Any, errors: Any, delta: Any, n: Any, p: Any) -> None:
        identity_loop(z, d, y, errors, delta, n, p)
        slopes, deltas = carray(d, n * p), carray(delta, n * p)
        for i in range(n * p):
            deltas[i] *= slopes[i]

    def softmax(z: Any, d: Any, y: Any, errors: Any, delta: Any, n: Any, p: Any) -> None:
        identity_loop(z, d, y, errors, delta, n, p)
        outputs, deltas = carray(z, (n, p)), carray(delta, (n, p))
        for i in range(n):
            pull_through_softmax(outputs[i], deltas[i])

    if output == "identity":
        return _output_loss(name, "q", identity)
    return _output_loss(name, "z", softmax if output == "softmax" else diagonal)


@kernel
def _held(loss: Any) -> Any:
    """-ln p for p held between ε and 1 - ε: the value scikit-learn reports (its gradient is not held)."""
    real = type(loss)
    epsilon = machine_epsilon(loss)
    return min(max(loss, -real(math.log1p(-epsilon))), -real(math.log(epsilon)))


def _logistic_cross_entropy(name: str, held: bool) -> OutputLoss:
    """y softplus(-q) + (1 - y) softplus(q), summed over outputs; δ = (1 - y) σ(q) - y σ(-q) = F - y."""

    def logistic(q: Any, d: Any, y: Any, errors: Any, delta: Any, n: Any, p: Any) -> None:
        outputs, answers, deltas = carray(q, (n, p)), carray(y, (n, p)), carray(delta, (n, p))
        totals = carray(errors, n)
        for i in range(n):
            real = type(totals[i])
            total = real(0)
            for k in range(p):
                value, right = outputs[i, k], answers[i, k]
                E = exp_and_expm1(-abs(value))[0]
                large, small = shares(E)
                rest = real(math.log1p(E))
                loss_of_0, loss_of_1 = max(value, real(0)) + rest, max(-value, real(0)) + rest
                if held:
                    loss_of_0, loss_of_1 = _held(loss_of_0), _held(loss_of_1)
                wrong = real(1) - right
                total += right * loss_of_1 + wrong * loss_of_0
                deltas[i, k] = wrong * large - right * small if value > 0 else wrong * small - right * large
            totals[i] = total

    return _output_loss(name, "q", logistic)


def _softmax_cross_entropy(name: str, held: bool) -> OutputLoss:
    """-Σ y_k ln p_k = Σ y_k ((q_m - q_k) + log1p S), with q_m the largest and S = Σ_{k≠m} e^{q_k - q_m}.

    δ_k = p_k Σ_j y_j - y_k, written as p_k Σ_{j≠k} y_j - y_k (1 - p_k): with 1 - p_m = S / (1 + S)
    nothing cancels where the right class is far ahead.
    """

    def softmax(q: Any, d: Any, y: Any, errors: Any, delta: Any, n: Any, p: Any) -> None:
        outputs, answers, deltas = carray(q, (n, p)), carray(y, (n, p)), carray(delta, (n, p))
        totals = carray(errors, n)
        for i in range(n):
            real = type(totals[i])
            m = 0
            for k in range(1, p):
                if outputs[i, k] > outputs[i, m]:
                    m = k
            S, answer_sum = real(0), real(0)
            for k in range(p):
                deltas[i, k] = exp_and_expm1(outputs[i, k] - outputs[i, m])[0]
                answer_sum += answers[i, k]
                if k != m:
                    S += deltas[i, k]
            rest, scale, total = real(math.log1p(S)), real(1) / (real(1) + S), real(0)
            for k in range(p):
                right = answers[i, k]
                loss = (outputs[i, m] - outputs[i, k]) + rest
                total += right * (_held(loss) if held else loss) if right != 0 else real(0)
                complement = S * scale if k == m else real(1) - deltas[i, k] * scale
                deltas[i, k] = deltas[i, k] * scale * (answer_sum - right) - right * complement
            totals[i] = total

    return _output_loss(name, "q", softmax)


def _poisson(name: str) -> OutputLoss:
    """Half the deviance, y ln(y / p) - y + p with p = e^q; δ = p - y."""

    def exp(q: Any, d: Any, y: Any, errors: Any, delta: Any, n: Any, p: Any) -> None:
        outputs, answers, deltas = carray(q, (n, p)), carray(y, (n, p)), carray(delta, (n, p))
        totals = carray(errors, n)
        for i in range(n):
            real = type(totals[i])
            total = real(0)
            for k in range(p):
                value, right = outputs[i, k], answers[i, k]
                predicted = real(math.exp(value))
                log_right = real(math.log(right)) if right > 0 else real(0)
                total += right * (log_right - value) - right + predicted
                deltas[i, k] = predicted - right
            totals[i] = total

    return _output_loss(name, "q", exp)


@cache
def output_loss(loss: str, output: str) -> OutputLoss:
    """Return a loss at an output; ``log_loss`` is cross entropy as scikit-learn reports it."""
    if loss in RESIDUALS or levels_of(loss):
        return _of_residuals(loss, output if output in ("identity", "softmax") else "diagonal")
    return BY_LOSS_AND_OUTPUT[loss, output](loss)


def every_output_loss() -> list[OutputLoss]:
    """Return the output losses of all losses at all outputs, where outputs of one kind share one."""
    kinds = "identity", "softmax", "logistic"  # the last for all whose derivative is diagonal
    return [output_loss(loss, output) for loss in RESIDUALS for output in kinds] + [
        output_loss(*pair) for pair in BY_LOSS_AND_OUTPUT
    ]


BY_LOSS_AND_OUTPUT: dict[tuple[str, str], Callable[[str], OutputLoss]] = {
    ("cross_entropy", "logistic"): lambda name: _logistic_cross_entropy(name, False),
    ("cross_entropy", "softmax"): lambda name: _softmax_cross_entropy(name, False),
    ("log_loss", "logistic"): lambda name: _logistic_cross_entropy(name, True),
    ("log_loss", "softmax"): lambda name: _softmax_cross_entropy(name, True),
    ("poisson", "exp"): _poisson,
}
