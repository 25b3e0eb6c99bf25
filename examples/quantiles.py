"""
Quantiles
=========

A network learns a low, a middle and a high quantile, where the noise is not the same everywhere.

With ``loss="quantile"`` and several quantiles a regressor has an output for each. Unlike intervals
around a mean they need no assumption on the noise.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule import MLPRegressor

rng = np.random.default_rng(0)
x = np.sort(rng.uniform(0, 4, 1500))[:, None]
y = np.sin(2 * x[:, 0]) + (0.05 + 0.25 * x[:, 0]) * rng.gumbel(size=1500)
model = MLPRegressor(
    loss="quantile", quantile=[0.1, 0.5, 0.9], hidden_layer_sizes=(32,), activation="tanh", schedule="cosine",
    learning_rate_init=0.02, max_iter=150, n_iter_no_change=np.inf, random_state=0,
)  # fmt: skip
with warnings.catch_warnings():  # the schedule ends with the last epoch, and so does learning
    warnings.simplefilter("ignore", ConvergenceWarning)
    model.fit(x, y)
predicted = model.predict(x)
for share, below in zip((0.1, 0.5, 0.9), (y[:, None] <= predicted).mean(axis=0), strict=True):
    print(f"Below the {share} quantile lie {below:.1%} of the rows.")

# %%
# The band widens with the noise, and is not symmetric.
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.plot(x[:, 0], y, ".", color="0.7", markersize=3)
axes.fill_between(x[:, 0], predicted[:, 0], predicted[:, 2], alpha=0.25, label="from 0.1 to 0.9")
axes.plot(x[:, 0], predicted[:, 1], label="the median")
axes.set(xlabel="x", ylabel="y", ylim=(-3, 7))
axes.legend()
plt.show()
