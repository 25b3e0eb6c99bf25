"""How sure a prediction is: intervals by the delta method, from J and the Gauss-Newton matrix.

Near its optimum a network is linear in η, and the theory of linear regression applies with J = ∂F/∂η:
var F(x) = σ² j (JᵀJ + αI)⁻¹ jᵀ, to which the noise σ² of a new observation is added.

Run with: python examples/intervals.py
"""

import numpy as np

from chainrule import MLPRegressor

rng = np.random.default_rng(0)
NOISE, ALPHA = 0.1, 1e-3


def truth(x: np.ndarray) -> np.ndarray:
    return np.sin(3 * x) / (1 + x**2)


def measured(n: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.uniform(-2, 2, n)
    return x[:, None], truth(x) + NOISE * rng.normal(size=n)


X, y = measured(300)
model = MLPRegressor(
    hidden_layer_sizes=(12,), activation="tanh", solver="lbfgs", alpha=ALPHA, max_iter=3000, random_state=1
).fit(X, y)
net = model.network_

# Σ_i of the half squared error, with scikit-learn's L2 term on the weights.
G = len(X) * net.gauss_newton(X, y, loss="half_squared_error").to_array()
penalty = np.zeros(net.n_parameters)
penalty[: net.layout.n_weights] = ALPHA
A = G + np.diag(penalty + 1e-10)
effective = np.trace(np.linalg.solve(A, G))
residuals = model.predict(X) - y
variance = residuals @ residuals / (len(X) - effective)


def predicted(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prediction and the standard deviation of a new observation there."""
    j = net.parameter_jacobian(X)[:, 0]
    return model.predict(X), np.sqrt(variance * (1 + np.einsum("ni,in->n", j, np.linalg.solve(A, j.T))))


X_new, y_new = measured(5000)
mean, std = predicted(X_new)
print(f"{net.n_parameters} parameters, of which {effective:.1f} are effective.")
print(f"Noise found {np.sqrt(variance):.4f}, put in {NOISE}.")
for level, z in ((68.3, 1.0), (90, 1.645), (95, 1.96)):
    inside = 100 * np.mean(np.abs(y_new - mean) <= z * std)
    print(f"{inside:.1f} % of the held-out rows lie within their {level} % interval.")
    assert abs(inside - level) < 3
far = predicted(np.array([[0.0], [3.0], [6.0]]))[1]
print(f"Outside the data the interval grows: std {far[0]:.3f} at 0, {far[1]:.3f} at 3, {far[2]:.3f} at 6.")
