"""
A table of loans, without settings
==================================

A data frame with text and missing cells is learned as it is, and the model says what counts.

The table holds 4,454 loans, and whether each was repaid.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import train_test_split

from chainrule import TableClassifier
from chainrule.display import CalibrationDisplay, PartialEffectDisplay

table = pd.read_csv(Path(sys.argv[0]).parent / "data" / "credit.csv")
table = table.dropna(subset="Status")
X, y = table.drop(columns="Status"), table["Status"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = TableClassifier(effort="fast", random_state=0).fit(X_train, y_train)
print(model.report_)
print(f"Of loans that were held out, {model.score(X_test, y_test):.1%} are classified correctly.")

# %%
# How the probability depends on each column, in its units, averaged over loans.
print(model.sensitivities(X_test))

# %%
# The effect of the years in a job, the other columns as they are, with its derivative below.
PartialEffectDisplay.from_estimator(model, X_test, "Seniority").figure_.set_size_inches(7, 4.5)
plt.show()

# %%
# Whether the probabilities can be believed: of loans with a probability of 0.7, 70 % should have been
# repaid.
CalibrationDisplay.from_estimator(model, X_test, y_test).figure_.set_size_inches(7, 4)
plt.show()
