"""
Intervals
=========

A network that learns 80 noisy measurements says how sure it is of each prediction.

Near its optimum a network is nearly linear in its parameters η, and the theory of linear regression
applies with J = ∂F/∂η and j = ∂F/∂η at x: var F(x) = σ² j (JᵀJ + αI)⁻¹ jᵀ. The noise σ² of a new
measurement is added to it. The L2 strength α is chosen by the evidence (MacKay 1992), which also
estimates σ and the number of parameters that the data determine.
"""

import matplotlib.pyplot as plt
import numpy as np

from chainrule import MLPRegressor

rng = np.random.default_rng(0)
NOISE = 0.1


def truth(x: np.ndarray) -> np.ndarray:
    return np.sin(3 * x) / (1 + x**2)


def measured(n: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.uniform(-2, 2, n)
    return x[:, None], truth(x) + NOISE * rng.normal(size=n)


# %%
# The strength of the penalty is chosen while the network learns.
X, y = measured(80)
model = MLPRegressor(
    hidden_layer_sizes=(12,), activation="tanh", solver="lm", alpha="bayes", n_restarts=4,
    keep_covariance=True, random_state=0, max_iter=500,
).fit(X, y)  # fmt: skip
_, std = model.predict(X, return_std=True)
print(
    f"Of {model.network_.n_parameters} parameters {len(y)} rows determine "
    f"{model.n_effective_parameters_:.1f}; alpha {model.alpha_:.3g}."
)

# %%
# Are the intervals right? Of 5,000 new measurements 90 % should lie within a 90 % interval.
X_new, y_new = measured(5000)
mean, std = model.predict(X_new, return_std=True)
print(f"The noise put in is {NOISE}; the smallest std of a prediction is {std.min():.3f}.")
for level, z in ((68.3, 1.0), (90, 1.645), (95, 1.96)):
    inside = 100 * np.mean(np.abs(y_new - mean) <= z * std)
    print(f"{inside:.1f} % of the held-out rows lie within their {level} % interval.")
far = model.predict(np.array([[0.0], [3.0], [6.0]]), return_std=True)[1]
print(f"Outside the data the interval grows: std {far[0]:.3f} at 0, {far[1]:.3f} at 3, {far[2]:.3f} at 6.")

# %%
# Where there are no measurements, the interval grows.
grid = np.linspace(-3.5, 3.5, 400)
mean, std = model.predict(grid[:, None], return_std=True)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.fill_between(
    grid, mean - 1.645 * std, mean + 1.645 * std, color="#9ecae1", label="90 % of new measurements"
)
axes.plot(grid, mean, color="#08519c", label="the network")
axes.plot(grid, truth(grid), "--", color="0.3", linewidth=1, label="the truth")
axes.plot(X[:, 0], y, ".", color="black", markersize=4, label="80 measurements")
axes.set(xlabel="x", ylabel="y", ylim=(-2, 2))
axes.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
plt.show()
