"""A surrogate in an optimiser: minimise a learnt function with its exact Jacobian.

A network learns where a three-link arm puts its hand; SciPy then finds joint angles that reach a point with
as little bending as can be. With the exact Jacobian a step costs microseconds, and none of it is spent on
differences.

Run with: python examples/optimise.py
"""

import numpy as np
from scipy.optimize import minimize

from chainrule import MLPRegressor

LENGTHS = np.array([1.0, 0.7, 0.5])


def hand(angles: np.ndarray) -> np.ndarray:
    """Where the hand is (n, 2) for three joint angles (n, 3), in metres."""
    directions = np.cumsum(angles, axis=1)
    return np.c_[np.cos(directions) @ LENGTHS, np.sin(directions) @ LENGTHS]


rng = np.random.default_rng(0)
angles = rng.uniform(-0.5, 1.5, (2000, 3))
surrogate = MLPRegressor(
    hidden_layer_sizes=(40,), activation="tanh", solver="lm", alpha=0, tol=3e-5, max_iter=500, random_state=0
).fit(angles, hand(angles))
fresh = rng.uniform(-0.4, 1.4, (500, 3))
misses = ((surrogate.predict(fresh) - hand(fresh)) ** 2).sum(axis=1)
share = misses.mean() / hand(fresh).var(axis=0).sum()
print(
    f"Learnt in {surrogate.history_.seconds.sum():.1f} s and {surrogate.n_iter_} steps: off by "
    f"{1000 * np.sqrt(misses.mean()):.1f} mm on angles it has not seen, {share:.0e} of the variance."
)

net, target = surrogate.network_, np.array([1.0, 1.6])
calls = 0


def effort(x: np.ndarray) -> float:
    """How far the hand is from the target, squared, and a little of how much the joints are bent."""
    global calls
    calls += 1
    return 0.5 * float(((net(x[None])[0] - target) ** 2).sum()) + 1e-3 * float(x @ x)


def slope(x: np.ndarray) -> np.ndarray:
    """Its gradient: the residual times ∂hand/∂angles, one row through the network from the left."""
    return net.pullback(x[None], net(x[None]) - target)[0] + 2e-3 * x


start = np.array([0.5, 0.5, 0.5])
found = minimize(effort, start, jac=slope, method="BFGS", options={"gtol": 1e-9})
exact_calls, calls = calls, 0
blind = minimize(effort, start, method="BFGS")
print(f"Angles {found.x.round(4)} put the hand at {hand(found.x[None])[0].round(4)}, wanted {target}.")
print(f"With the exact Jacobian: {exact_calls} evaluations, gradient left {abs(slope(found.x)).max():.0e}.")
print(f"By differences, without: {calls} evaluations, gradient left {abs(slope(blind.x)).max():.0e}.")
