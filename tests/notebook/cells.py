"""The notebook that is executed: a model, its lesson, and what the lesson's network says."""

FIT = """
import numpy as np
from chainrule import MLPClassifier, show
X = np.random.default_rng(0).uniform(-1, 1, (120, 2))
y = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")
model = MLPClassifier((6,), "tanh", solver="lbfgs", max_iter=500, random_state=0).fit(X, y)
widget = show(model, X, y)
widget
"""
STEP = """
frame = widget.lesson.receive({"do": "network.step", "batches": 3})
"""
NUMBERS = """
import json
study = widget.lesson.study
print(json.dumps({
    "position": study.learner.position,
    "error": study.network.error(study.data.X, study.data.Y),
    "output": study.network(study.x)[0].tolist(),
    "weights": study.network.weights[0].tolist(),
    "fitted": model.network_.error(X, y == "same"),
}))
"""
