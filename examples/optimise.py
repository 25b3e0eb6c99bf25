"""
A surrogate in SciPy's optimiser
================================

A fitted network stands for a physical model in an optimiser, and gives it exact derivatives.

A network learns the position of the hand of an arm with three joints. SciPy then looks for joint angles
that bring the hand to a given point while bending the joints as little as possible. With the exact
Jacobian one step takes some microseconds, and no evaluations are needed for finite differences.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

from chainrule import MLPRegressor

LENGTHS = np.array([1.0, 0.7, 0.5])


def hand(angles: np.ndarray) -> np.ndarray:
    """Position of the hand (n, 2) in metres, for three joint angles (n, 3)."""
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

# %%
# The hand is to reach a target with joints bent as little as possible. The gradient needs one pullback,
# not the whole Jacobian.
net, target = surrogate.network_, np.array([1.0, 1.6])
calls = 0


def effort(x: np.ndarray) -> float:
    """Squared distance of the hand from the target, plus a small penalty on bent joints."""
    global calls
    calls += 1
    return 0.5 * float(((net(x[None])[0] - target) ** 2).sum()) + 1e-3 * float(x @ x)


def slope(x: np.ndarray) -> np.ndarray:
    """Gradient of the effort: the residual times ∂hand/∂angles, which is one pullback."""
    return net.pullback(x[None], net(x[None]) - target)[0] + 2e-3 * x


# %%
# With the gradient, and without it.
start = np.array([0.5, 0.5, 0.5])
found = minimize(effort, start, jac=slope, method="BFGS", options={"gtol": 1e-9})
exact_calls, calls = calls, 0
blind = minimize(effort, start, method="BFGS")
print(f"Angles {found.x.round(4)} put the hand at {hand(found.x[None])[0].round(4)}, wanted {target}.")
print(f"With the exact Jacobian: {exact_calls} evaluations, final gradient {abs(slope(found.x)).max():.0e}.")
print(
    f"Without it, by finite differences: {calls} evaluations, final gradient {abs(slope(blind.x)).max():.0e}."
)

# %%
# The arm as it is found, and where its hand should be.
joints = np.cumsum(found.x)
corners = np.cumsum(np.c_[LENGTHS * np.cos(joints), LENGTHS * np.sin(joints)], axis=0)
figure, axes = plt.subplots(figsize=(5, 3.6), layout="constrained")
axes.plot([0, *corners[:, 0]], [0, *corners[:, 1]], "o-", linewidth=3, label="the arm")
axes.plot(*target, "*", markersize=14, label="the target")
axes.set(xlabel="metres", ylabel="metres", aspect="equal", xlim=(-0.2, 2.2))
axes.legend()
plt.show()
