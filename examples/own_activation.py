"""
An activation of your own
=========================

Three functions of one number make an activation that learns at the speed of the built-in ones.

The Gaussian bump σ(q) = exp(−q²) is no usual activation, but suits a target that is made of bumps. It
is given with its first and second derivative; all three are compiled at their first use, and a
derivative that does not belong to its function is refused.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

from chainrule import Activation, MLPRegressor


def bump(q):
    return math.exp(-q * q)


def slope(q):
    return -2 * q * math.exp(-q * q)


def curvature(q):
    return (4 * q * q - 2) * math.exp(-q * q)


gaussian = Activation("gaussian", bump, slope, curvature)

# %%
# A derivative with the wrong sign is found at once.
try:
    Activation("wrong", bump, lambda q: 2 * q * math.exp(-q * q), curvature)
except ValueError as error:
    print(error)

# %%
# Two bumps are two units; with tanh it takes more of them.
rng = np.random.default_rng(0)
x = np.sort(rng.uniform(-3, 3, 150))[:, None]
target = np.exp(-8 * (x[:, 0] - 1) ** 2) - 0.7 * np.exp(-4 * (x[:, 0] + 1) ** 2)
y = target + 0.03 * rng.normal(size=150)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.plot(x[:, 0], y, ".", color="0.6", label="measured")
for activation, name in (("tanh", "tanh"), (gaussian, "gaussian")):
    model = MLPRegressor(
        hidden_layer_sizes=(2,), activation=activation, solver="lm", alpha=1e-6, n_restarts=5, random_state=0
    ).fit(x, y)
    axes.plot(x[:, 0], model.predict(x), label=f"two units of {name}")
    print(f"{name:9} root mean square of the residuals {np.std(y - model.predict(x)):.4f}, noise 0.03")
axes.set(xlabel="x", ylabel="y")
axes.legend()
plt.show()

# %%
# Derivatives go through it as through any other.
at = np.array([[-1.2], [0.9], [1.1]])
print("∂prediction/∂x at −1.2, 0.9 and 1.1:", model.jacobian(at)[:, 0, 0].round(2))
