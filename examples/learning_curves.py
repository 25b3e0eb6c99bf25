"""
Learning curves
===============

Two pictures say whether more rows would help, and whether learning was given enough time.

The first shows the score against the number of rows, by scikit-learn's ``LearningCurveDisplay``: where
the two lines have met, more rows are of no use. The second shows the loss and the score of rows held
back in each epoch.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import LearningCurveDisplay
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier

X, y = load_digits(return_X_y=True)
model = make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=40, alpha=0.1, random_state=0))
with warnings.catch_warnings():  # learning stops after 40 epochs on purpose
    warnings.simplefilter("ignore", ConvergenceWarning)
    display = LearningCurveDisplay.from_estimator(
        model, X, y, train_sizes=np.linspace(0.1, 1, 6), cv=3, score_name="accuracy"
    )
display.figure_.set_size_inches(7, 3.6)
plt.show()
learned, held_out = display.train_scores.mean(axis=1), display.test_scores.mean(axis=1)
for n, a, b in zip(display.train_sizes, learned, held_out, strict=True):
    print(f"{n:5} rows: {a:.3f} on these, {b:.3f} on rows held out")

# %%
# The history of one fit with early stopping.
fit = MLPClassifier((32,), early_stopping=True, max_iter=100, random_state=0).fit(X / 16, y)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.semilogy(fit.history_.loss, label="loss")
axes.set(xlabel="epoch", ylabel="loss")
right = axes.twinx()
right.plot(fit.validation_scores_, color="C1", label="accuracy on rows held back")
right.set_ylabel("accuracy")
figure.legend(loc="outside upper center", ncols=2)
plt.show()
print(f"{fit.n_iter_} epochs; the best accuracy on rows held back was {fit.best_validation_score_:.3f}.")
