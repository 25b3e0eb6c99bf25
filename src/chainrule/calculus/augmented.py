"""The bias as a column of the matrix (N15).

With x̂ = [1; x] and Â = [[1, 0], [b, A]] a layer's affine map is linear: Â x̂ = [1; A x + b]. σ leaves the
first component alone, so that it stays 1 from layer to layer.
"""

from collections.abc import Sequence

import numpy as np

from chainrule.calculus.activations import ACTIVATIONS, OUTPUTS, Array, named


def augment(A: Array, b: Array) -> Array:
    """Â (fan_out + 1, fan_in + 1) of A (fan_out, fan_in) and b (fan_out,).

    Examples
    --------
    >>> augment(np.array([[2.0, 3.0]]), np.array([5.0]))
    array([[1., 0., 0.],
           [5., 2., 3.]])
    """
    A, b = np.asarray(A), np.asarray(b)
    if A.ndim != 2 or b.shape != A.shape[:1]:
        raise ValueError(f"A has shape {A.shape}, b {b.shape}; (m, n) and (m,) belong together")
    first = np.zeros((1, A.shape[1] + 1), dtype=A.dtype)
    first[0, 0] = 1
    return np.vstack([first, np.column_stack([b, A])])


def split(augmented: Array) -> tuple[Array, Array]:
    """A and b of Â; raises ValueError unless its first row is (1, 0, …, 0)."""
    augmented = np.asarray(augmented)
    if augmented.ndim != 2 or min(augmented.shape) < 2:
        raise ValueError(f"an augmented matrix has at least 2 rows and columns, got shape {augmented.shape}")
    if augmented[0, 0] != 1 or np.any(augmented[0, 1:] != 0):
        raise ValueError(f"the first row of an augmented matrix is 1, 0, …, 0; got {augmented[0]}")
    return augmented[1:, 1:], augmented[1:, 0]


def forward_augmented(
    X: Array, augmented: Sequence[Array], activations: Sequence[str], output: str
) -> list[Array]:
    """ẑ_0 = [1, X], …, ẑ_L = [1, F] (n, width + 1) for rows of X, through augmented matrices alone.

    Examples
    --------
    >>> forward_augmented(np.array([[1.0, 1.0]]), [augment([[2.0, 3.0]], [5.0])], [], "identity")[-1]
    array([[ 1., 10.]])
    """
    X = np.asarray(X)
    values = [np.column_stack([np.ones(len(X)), X])]
    σs = [named(ACTIVATIONS, "activation", name).value for name in activations]
    for Â, σ in zip(augmented, [*σs, named(OUTPUTS, "output", output).value], strict=True):
        q = values[-1] @ np.asarray(Â).T
        values.append(np.column_stack([q[:, :1], σ(q[:, 1:])]))
    return values
