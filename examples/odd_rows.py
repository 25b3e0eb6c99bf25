"""
Rows with wrong labels
======================

The gradient of each row shows which rows do not fit the others: often their label is wrong.

In a table of handwritten digits some labels are replaced by wrong ones. A network learns them all. Rows
whose own gradient is long pull against the others; sorted by its length, wrong labels come first. The
lengths follow from the forward and backward pass, without forming a gradient.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from chainrule import MLPClassifier

rng = np.random.default_rng(0)
X, labels = load_digits(return_X_y=True)
X = X / 16
wrong = rng.choice(len(X), 90, replace=False)
given = labels.copy()
given[wrong] = (labels[wrong] + rng.integers(1, 10, 90)) % 10

model = MLPClassifier((32,), alpha=10.0, solver="lbfgs", tol=1e-3, max_iter=1000, random_state=0).fit(
    X, given
)
lengths = model.network_.sample_gradient_norms(X, given)
order = np.argsort(-lengths)
is_wrong = np.isin(order, wrong)
print(f"Of the 90 rows with the longest gradients {is_wrong[:90].sum()} have a wrong label.")

# %%
# Who looks through the rows in this order finds most wrong labels early.
figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
axes.plot(np.cumsum(is_wrong), label="by the length of the gradient")
axes.plot([0, len(X)], [0, 90], "--", color="0.6", label="in any order")
axes.set(xlabel="rows looked at", ylabel="wrong labels found", xlim=(0, 600))
axes.legend()
plt.show()

# %%
# The first rows in this order, with the label that they were given.
figure, axes = plt.subplots(1, 6, figsize=(7, 1.6), layout="constrained")
for axis, row in zip(axes, order, strict=False):
    axis.imshow(X[row].reshape(8, 8), cmap="gray_r")
    axis.set(title=f"“{given[row]}”", xticks=[], yticks=[])
plt.show()
