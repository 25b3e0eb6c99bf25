"""The parameters and attributes that both estimators share, written once."""

from textwrap import indent
from typing import TypeVar

from chainrule.training import SOLVERS, Solver

Class = TypeVar("Class", bound=type)

_PARAMETERS = """\
hidden_layer_sizes : array-like of int, default=(100,)
    Widths of the hidden layers; empty for none.
activation : str or Activation, default="relu"
    σ of the hidden layers: "identity", "logistic", "tanh" or "relu" as in scikit-learn, or any other
    of `chainrule.calculus.ACTIVATIONS`, or your own `chainrule.Activation`.
solver : {solvers}, default="adam"
    A name: the solver then takes its settings from the parameters below. Or an object with its own settings;
    a grid search can vary them as ``solver__learning_rate_init``.
alpha : {alphas}, default=0.0001
    Strength of the L2 term 0.5 · alpha · ‖W‖² / S, where S is the number of rows of the batch (or the sum of
    their weights).{bayes}
batch_size : int or "auto", default="auto"
    Rows in each step of adam or sgd; "auto" is min(200, n_samples).
learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
    Schedule of the learning rate; only for sgd.
learning_rate_init : float, default=0.001
    Learning rate of adam and sgd; for sgd the initial one.
power_t : float, default=0.5
    Exponent of learning_rate="invscaling".
max_iter : int, default=200
    Largest number of epochs, or of iterations of solvers that take all rows at once.
shuffle : bool, default=True
    Shuffle the rows before each epoch.
random_state : int, RandomState or None, default=None
    Source of the random initial weights, validation rows and shuffles, drawn in this order.
tol : float, default=1e-4
    Smallest improvement of the loss that counts as one. With lbfgs, learning stops when no entry of the
    gradient is larger.{tol_of_lm}
verbose : bool or int, default=False
    Print each epoch's loss.
warm_start : bool, default=False
    Let `fit` start from the weights of the last fit.
momentum : float, default=0.9
nesterovs_momentum : bool, default=True
    Both only for sgd.
early_stopping : bool, default=False
    Hold back some rows, stop when the score on them no longer improves, and keep the weights with the best
    score; not for lbfgs. Rows given as ``fit(X, y, validation_data=…)`` take their place.
validation_fraction : float, default=0.1
    Fraction of the rows that is held back.
beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
    Settings of adam.
n_iter_no_change : int or inf, default=10
    Stop after more epochs than this in a row without improvement.
max_fun : int, default=15000
    Largest number of evaluations of the loss by lbfgs.
progress : bool, default=False
    Show a progress bar with loss, learning rate and time left (needs rich).
schedule : "cosine", callable or None, default=None
    Factor of learning_rate_init in each epoch of adam or sgd: "cosine" falls along half a cosine from 1 to
    1e-4 at max_iter (Loshchilov & Hutter 2017); a function takes the share of max_iter that is done, from 0
    to 1, and returns the factor. It takes the place of learning_rate; not for partial_fit.
validation_score : {"score", "loss"}, default="score"
    What early stopping goes by: {score}, or the mean loss of the rows held back, negated."""

_ATTRIBUTES = """\
network_ : chainrule.Network
    The fitted network.
history_ : chainrule.History
    Loss, score, learning rate and time of each epoch, as an immutable table.
coefs_, intercepts_ : list of ndarray
    Weights (fan_in, fan_out) and biases (fan_out,) of each layer, views into ``network_.parameters``.
    Assigned arrays are copied into it.
loss_ : float
    Loss of the last epoch.{loss_of_lm}
loss_curve_, best_loss_, validation_scores_, best_validation_score_
    As in scikit-learn, for adam and sgd.
fitted_at_ : str
    When the last fit ended, in UTC, such as "2026-01-31T12:00:00+00:00".
n_iter_, t_, n_layers_, n_outputs_, out_activation_, n_features_in_, feature_names_in_
    As in scikit-learn."""


def _choice(kinds: list[type[Solver]]) -> str:
    """The names of solvers, and their classes."""
    names, classes = (", ".join(f'"{kind.name}"' for kind in kinds), [kind.__name__ for kind in kinds])
    return f"{{{names}}}, {', '.join(classes[:-1])} or {classes[-1]}"


_WORDS = {
    "MLPClassifier": {
        "score": "accuracy, which may stand still or fall while the loss still becomes better",
        "solvers": _choice([kind for kind in SOLVERS.values() if kind.classifies]),
        "alphas": "float",
        "bayes": "",
        "tol_of_lm": "",
        "loss_of_lm": "",
    },
    "MLPRegressor": {
        "score": 'R² (of loss="quantile" see quantile)',
        "solvers": _choice([*SOLVERS.values()]),
        "alphas": 'float or "bayes"',
        "bayes": """
    With solver="lm" W are the weights between scaled columns and targets. With "bayes" lm chooses the
    strength from the data (MacKay 1992), see ``alpha_``.""",
        "tol_of_lm": """ The same holds for lm, in scaled units: relative to the targets' variance.""",
        "loss_of_lm": """ Of lm in the units of y; with several targets each is
    taken over its own standard deviation.""",
    },
}


def with_shared_parameters(estimator: Class) -> Class:
    """Fill the shared parts into a class's docstring."""
    text = estimator.__doc__ or ""
    for place, shared in (("{parameters}", _PARAMETERS), ("{attributes}", _ATTRIBUTES)):
        for word, own in _WORDS[estimator.__name__].items():
            shared = shared.replace(f"{{{word}}}", own)
        text = text.replace(place, indent(shared, "    ").lstrip())
    estimator.__doc__ = text
    return estimator
