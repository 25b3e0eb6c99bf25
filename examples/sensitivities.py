"""
Sensitivities of a price
========================

The derivative of a fitted model says what a carat more is worth, in dollars.

A network learns the prices of 53,940 diamonds. The chain rule goes through the scaling before it and
after it, so that derivatives are in the units of the table.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import MLPRegressor, jacobian
from chainrule.display import SensitivityDisplay

DATA = Path(sys.argv[0]).parent / "data" / "diamonds.csv.gz"
FEATURES = ["carat", "depth", "table"]
GRADES = {
    "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    "color": list("JIHGFED"),
    "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
}

table = pd.read_csv(DATA)
X = table[FEATURES].copy()
for name, grades in GRADES.items():
    X[name] = pd.Categorical(table[name], grades, ordered=True).codes.astype(float)
price = table["price"].to_numpy(dtype=float)

network = MLPRegressor(hidden_layer_sizes=(30, 30), activation="tanh", early_stopping=True, random_state=0)
target = TransformedTargetRegressor(network, transformer=StandardScaler())
model = make_pipeline(StandardScaler().set_output(transform="pandas"), target).fit(X, price)

# %%
# The mean derivative of each feature, and that of carat for stones of different sizes.
J = jacobian(model, X)
found = J.sensitivities()
print("∂price/∂feature, mean over all diamonds (one grade up counts as one)")
for name, slope in zip(found.features, found.mean[0], strict=True):
    print(f"  {name:8} {slope:10,.0f} dollars")

carat = X["carat"].to_numpy()
by_carat = J.to_frame()["carat"]
for low, high in ((0.2, 0.5), (0.5, 1.0), (1.0, 1.5), (1.5, 2.5)):
    inside = (carat >= low) & (carat < high)
    print(f"  from {low} to {high} carat, a carat more is worth {np.median(by_carat[inside]):,.0f} dollars")

# %%
# What counts most, where price and features are in standard deviations.
scaled = model[-1].regressor_.sensitivities(model[0].transform(X))
figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
SensitivityDisplay(scaled).plot(ax=axes)
axes.set_title("in standard deviations of price and feature", fontsize=10)
plt.show()
