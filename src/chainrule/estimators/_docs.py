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
    of `chainrule.calculus.ACTIVATIONS`, or a `chainrule.Activation` of one's own.
solver : {solvers}, default="adam"
    A name, for a solver of the parameters below; or an object with settings of its own, which scikit-learn's
    searches reach as ``solver__learning_rate_init``.
alpha : {alphas}, default=0.0001
    Strength of the L2 term 0.5 · alpha · ‖W‖² / S, S the rows (or weights) of the batch.{bayes}
batch_size : int or "auto", default="auto"
    Rows a step of adam or sgd; "auto" is min(200, n_samples).
learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
    Schedule of sgd.
learning_rate_init : float, default=0.001
power_t : float, default=0.5
    Exponent of invscaling.
max_iter : int, default=200
    Most epochs, or iterations of solvers that take all rows at once.
shuffle : bool, default=True
    Shuffle the rows before each epoch.
random_state : int, RandomState or None, default=None
    Draws initial weights, validation rows and shuffles, in this order.
tol : float, default=1e-4
    Least improvement that counts; for lbfgs the largest entry of the gradient at the end.{tol_of_lm}
verbose : bool or int, default=False
    Print each epoch's loss.
warm_start : bool, default=False
    Let fit go on from the last fit's weights.
momentum : float, default=0.9
nesterovs_momentum : bool, default=True
    Both of sgd.
early_stopping : bool, default=False
    Stop by the score on rows held back, and keep the best weights; not for lbfgs.
validation_fraction : float, default=0.1
    Share of the rows held back.
beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
    Of adam.
n_iter_no_change : int or inf, default=10
    Stop after more epochs than this in a row without improvement.
max_fun : int, default=15000
    Most evaluations of lbfgs.
progress : bool, default=False
    Show a bar with loss, rate and time left (needs rich)."""

_ATTRIBUTES = """\
network_ : chainrule.Network
    The fitted network.
history_ : chainrule.History
    What each epoch did, as a frozen table.
coefs_, intercepts_ : list of ndarray
    Weights (fan_in, fan_out) and biases (fan_out,) of each layer, views into ``network_.parameters``; what is
    assigned is copied in.
loss_ : float
    Loss of the last epoch.{loss_of_lm}
loss_curve_, best_loss_, validation_scores_, best_validation_score_
    As in scikit-learn, for adam and sgd.
n_iter_, t_, n_layers_, n_outputs_, out_activation_, n_features_in_, feature_names_in_
    As in scikit-learn."""


def _choice(kinds: list[type[Solver]]) -> str:
    """The names of solvers, and their classes."""
    names, classes = (", ".join(f'"{kind.name}"' for kind in kinds), [kind.__name__ for kind in kinds])
    return f"{{{names}}}, {', '.join(classes[:-1])} or {classes[-1]}"


_WORDS = {
    "MLPClassifier": {
        "solvers": _choice([kind for kind in SOLVERS.values() if kind.classifies]),
        "alphas": "float",
        "bayes": "",
        "tol_of_lm": "",
        "loss_of_lm": "",
    },
    "MLPRegressor": {
        "solvers": _choice([*SOLVERS.values()]),
        "alphas": 'float or "bayes"',
        "bayes": """
    With solver="lm" W are the weights between scaled columns and targets. "bayes": lm finds it from the data
    (MacKay 1992), see ``alpha_``.""",
        "tol_of_lm": """ Also for lm, in
    scaled units: relative to the targets' variance.""",
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
