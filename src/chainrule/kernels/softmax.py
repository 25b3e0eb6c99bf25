"""Softmax of a row, p_k = e^(q_k) / Σ_j e^(q_j), and its derivative, the matrix diag p - p pᵀ."""

from typing import Any

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.elementary import exp_and_expm1


@kernel
def softmax(run: Any) -> None:
    """Overwrite a row of q by p, as e^(q_k - q_m) with q_m the largest: none can overflow, and one is 1."""
    largest = run.max()
    total = type(largest)(0)
    for k in range(run.size):
        run[k] = exp_and_expm1(run[k] - largest)[0]
        total += run[k]
    for k in range(run.size):
        run[k] /= total


@kernel
def pull_through_softmax(p: Any, g: Any) -> None:
    """g = (diag p - p pᵀ) g, that is p_k (g_k - Σ_j p_j g_j).

    g is first shifted to 0 at the largest p, which changes nothing of the result: so 1 - p, in which p near 1
    would lose its digits, is never needed.
    """
    top = p.argmax()
    largest, mean = g[top], type(g[0])(0)
    for k in range(p.size):
        g[k] -= largest
        mean += p[k] * g[k]
    for k in range(p.size):
        g[k] = p[k] * (g[k] - mean)
