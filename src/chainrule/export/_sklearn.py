"""To scikit-learn's multilayer perceptrons and back, with all that is needed to predict and to learn on."""

import copy
import warnings
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.export._describe import kind_of
from chainrule.kernels.learning.updates import RATE, STEPS
from chainrule.network import Network
from chainrule.training import SOLVERS, Solver, TrainingState
from chainrule.training._state import EpochRow

Array = NDArray[Any]

_ACTIVATIONS = ("identity", "logistic", "tanh", "relu")
_OUTPUTS = ("identity", "exp", "logistic", "softmax")
_OF_THE_DATA = ("n_features_in_", "feature_names_in_", "classes_", "_label_binarizer")


def from_sklearn(model: Any) -> Any:
    """Return our estimator of a fitted one of scikit-learn: the same parameters, weights and predictions.

    What was learned of the past goes along: the loss of each epoch, the memory of Adam and SGD, and what
    early stopping keeps. So `partial_fit` goes on as scikit-learn's would, to rounding.

    Parameters
    ----------
    model : sklearn.neural_network.MLPClassifier or MLPRegressor
        Fitted. Also a fitted pipeline or `TransformedTargetRegressor` that ends in one; the other steps stay
        the same objects.

    Returns
    -------
    MLPClassifier, MLPRegressor, or a pipeline that ends in one

    Raises
    ------
    TypeError
        For any other object.
    NotFittedError
        Before ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neural_network import MLPRegressor
    >>> from chainrule.export import from_sklearn
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> theirs = MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", random_state=0).fit(X, X[:, 0] ** 2)
    >>> ours = from_sklearn(theirs)
    >>> bool(np.allclose(ours.predict(X), theirs.predict(X), rtol=1e-13))
    True
    >>> ours.jacobian(X).shape
    (40, 1, 1)
    """
    if isinstance(model, Pipeline | TransformedTargetRegressor):
        return _at_the_end(model, from_sklearn)
    if not isinstance(model, TheirClassifier | TheirRegressor):
        raise TypeError(
            "from_sklearn takes a fitted MLPClassifier or MLPRegressor of scikit-learn, or a pipeline that "
            f"ends in one, got {kind_of(model)}"
        )
    check_is_fitted(model, "coefs_")
    kind = MLPClassifier if isinstance(model, TheirClassifier) else MLPRegressor
    ours = kind(**copy.deepcopy(model.get_params(deep=False)))
    _copy_attributes(model, ours)
    ours.network_ = Network.from_weights(
        model.coefs_, model.intercepts_, model.activation, model.out_activation_, model.coefs_[0].dtype
    )
    ours._state = _our_state(model, ours.network_.parameters)
    return ours


def to_sklearn(model: Any) -> Any:
    """Return scikit-learn's estimator of a fitted one of ours: the same weights, predictions and memory.

    Only where scikit-learn has the functions: identity, logistic, tanh or relu, one for all hidden layers. A
    `Network` becomes an MLPRegressor, or an MLPClassifier of the classes 0, 1, … if its output is logistic or
    softmax.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor or Network
        Fitted. Also a fitted pipeline or `TransformedTargetRegressor` that ends in an estimator; the other
        steps stay the same objects.

    Returns
    -------
    sklearn.neural_network.MLPClassifier or MLPRegressor, or a pipeline that ends in one
        Goes on learning by ``partial_fit`` and ``warm_start`` where the solver is Adam, SGD or L-BFGS.

    Raises
    ------
    ValueError
        If scikit-learn lacks a function of the network; the message names it.
    TypeError
        For any other object, table estimators among them.
    NotFittedError
        Before ``fit``.

    Warns
    -----
    UserWarning
        Of each setting that scikit-learn lacks, and what it does in its place if it learns on.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import Network
    >>> from chainrule.export import to_sklearn
    >>> theirs = to_sklearn(Network.from_weights([[[2.0]]], [[1.0]]))
    >>> theirs
    MLPRegressor(hidden_layer_sizes=[])
    >>> theirs.predict(np.array([[3.0]]))
    array([7.])
    """
    if isinstance(model, Pipeline | TransformedTargetRegressor):
        return _at_the_end(model, to_sklearn)
    if isinstance(model, Network):
        return _from_network(model)
    if not isinstance(model, MLPClassifier | MLPRegressor):
        raise TypeError(
            "to_sklearn takes a fitted MLPClassifier or MLPRegressor of chainrule, a pipeline that ends in "
            f"one, or a Network; scikit-learn has no counterpart of {kind_of(model)}"
        )
    check_is_fitted(model, "network_")
    net = model.network_
    activation = _checked(net)
    kind = TheirClassifier if isinstance(model, MLPClassifier) else TheirRegressor
    theirs = kind(**_their_parameters(model, kind, activation))
    _copy_attributes(model, theirs)
    _set_weights(theirs, net)
    _set_past(theirs, model._state, net)
    return theirs


def _at_the_end(model: Any, convert: Callable[[Any], Any]) -> Any:
    """Return a pipeline, or a regressor of a transformed target, with its last estimator converted."""
    check_is_fitted(model)
    twin = copy.copy(model)
    if isinstance(model, Pipeline):
        name, last = model.steps[-1]
        twin.steps = [*model.steps[:-1], (name, convert(last))]
        return twin
    twin.regressor_ = convert(model.regressor_)
    twin.regressor = type(twin.regressor_)(**twin.regressor_.get_params(deep=False))
    return twin


def _copy_attributes(source: Any, target: Any) -> None:
    """Copy what does not depend on whose estimator it is."""
    for name in _OF_THE_DATA:
        if hasattr(source, name):
            setattr(target, name, copy.deepcopy(getattr(source, name)))


def _our_state(model: Any, eta: Array) -> TrainingState:
    """Return the state of training that scikit-learn's attributes tell of; what they do not tell is NaN."""
    state = TrainingState(n_iter=int(model.n_iter_), samples_seen=int(model.t_))
    optimizer = getattr(model, "_optimizer", None)
    if optimizer is None:
        state.best_loss = float(model.loss_)
        return state
    scores = model.validation_scores_ or [np.nan] * len(model.loss_curve_)
    state.epochs = [
        EpochRow(float(loss), float(score), np.nan, np.nan)
        for loss, score in zip(model.loss_curve_, scores, strict=True)
    ]
    state.no_improvement = model._no_improvement_count
    if model.validation_scores_ is None:
        state.best_loss = float(model.best_loss_)
    else:
        state.best_score, state.best_parameters = float(model.best_validation_score_), eta.copy()
    state.solver, state.settings, state.moments = _our_solver(model, optimizer, eta.dtype)
    return state


def _our_solver(model: Any, optimizer: Any, dtype: Any) -> tuple[Solver, Array, Array]:
    kind = SOLVERS[model.solver]
    solver: Any = kind(
        **{name: getattr(model, name) for name in signature(kind).parameters if hasattr(model, name)}
    )
    settings = solver.settings(alpha=float(model.alpha))
    if model.solver == "adam":  # the rate that it keeps is corrected already, ours is not
        settings[STEPS] = optimizer.t
        memory = [*optimizer.ms, *optimizer.vs]
    else:
        settings[RATE], memory = optimizer.learning_rate, optimizer.velocities
    return solver, settings, np.concatenate([each.ravel() for each in memory]).astype(dtype, copy=False)


def _checked(net: Network) -> str:
    """Return the activation of all hidden layers, or raise the ValueError that names what is lacking."""
    names = list(dict.fromkeys(str(name) for name in net.activations))
    lacking = [name for name in names if name not in _ACTIVATIONS]
    if lacking:
        what = ", ".join(map(repr, lacking))
        raise ValueError(f"scikit-learn has no activation {what}; it has {', '.join(_ACTIVATIONS)}")
    if len(names) > 1:
        raise ValueError(
            f"scikit-learn has one activation for all hidden layers; this network has {', '.join(names)}"
        )
    if net.output not in _OUTPUTS:
        raise ValueError(f"scikit-learn has no output {net.output!r}; it has {', '.join(_OUTPUTS)}")
    return names[0] if names else "relu"


def _their_parameters(model: Any, kind: Any, activation: str) -> dict[str, Any]:
    """Return the parameters that scikit-learn has too; a warning names the others that were set."""
    ours = copy.deepcopy(model.get_params(deep=False))
    instead: dict[str, Any] = {}
    solver = ours["solver"]
    if not isinstance(solver, str):
        ours |= {name: getattr(solver, name) for name in signature(type(solver)).parameters if name in ours}
        ours["solver"] = type(solver).name
    if ours["solver"] not in ("adam", "sgd", "lbfgs"):
        instead["solver"], ours["solver"] = "lbfgs", "lbfgs"
    if isinstance(ours["alpha"], str):
        instead["alpha"] = ours["alpha"] = float(getattr(model, "alpha_", 0.0))
    if ours.get("loss") in ("huber", "quantile"):
        instead["loss"] = ours["loss"] = "squared_error"
    ours["activation"] = activation
    names = signature(kind).parameters
    _say(model, ours, instead, names)
    return {name: value for name, value in ours.items() if name in names}


def _say(model: Any, ours: dict[str, Any], instead: dict[str, Any], names: Any) -> None:
    defaults = signature(type(model)).parameters
    lacking = [name for name in ours if name not in names and ours[name] != defaults[name].default]
    words = [f"{name}={ours[name]!r} is left out" for name in lacking if name != "progress"]
    words += [f"{name}={getattr(model, name)!r} becomes {value!r}" for name, value in instead.items()]
    if words:
        warnings.warn(
            f"scikit-learn lacks some settings: {'; '.join(words)}. Predictions are the same; only learning "
            "on differs.",
            stacklevel=4,
        )


def _from_network(net: Network) -> Any:
    activation = _checked(net)
    if net.output == "softmax" and net.layer_sizes[-1] <= 2:
        net = _of_two_classes(net)
    sizes = list(net.layer_sizes[1:-1])
    if net.output in ("identity", "exp"):
        loss = "poisson" if net.output == "exp" else "squared_error"
        theirs = TheirRegressor(loss=loss, hidden_layer_sizes=sizes, activation=activation)
    else:
        theirs = TheirClassifier(hidden_layer_sizes=sizes, activation=activation)
        theirs._label_binarizer = _binarizer(net)
        theirs.classes_ = theirs._label_binarizer.classes_
    theirs.n_features_in_ = net.layer_sizes[0]
    _set_weights(theirs, net)
    _set_past(theirs, TrainingState(), net)
    return theirs


def _of_two_classes(net: Network) -> Network:
    """Return the network with the one logistic output that scikit-learn has for two classes."""
    if net.layer_sizes[-1] == 1:
        raise ValueError("softmax of one output is always 1; scikit-learn has it for two classes or more")
    weights, biases = list(net.weights), list(net.biases)
    weights[-1], biases[-1] = np.diff(weights[-1]), np.diff(biases[-1])
    return Network.from_weights(weights, biases, net.activations, "logistic", net.dtype)


def _binarizer(net: Network) -> LabelBinarizer:
    """Return what turns the outputs of a network into labels."""
    n = net.layer_sizes[-1]
    if net.output == "softmax":
        return LabelBinarizer().fit(np.arange(n))
    return LabelBinarizer().fit(np.arange(2) if n == 1 else np.eye(n, dtype=int))


def _set_weights(theirs: Any, net: Network) -> None:
    theirs.coefs_ = [matrix.copy() for matrix in net.weights]
    theirs.intercepts_ = [bias.copy() for bias in net.biases]
    theirs.n_layers_, theirs.n_outputs_ = len(net.layer_sizes), net.layer_sizes[-1]
    theirs.out_activation_ = net.output


def _set_past(theirs: Any, state: TrainingState, net: Network) -> None:
    """Set the attributes that scikit-learn keeps of learning, and reads when it goes on."""
    best = net.parameters if state.best_parameters is None else state.best_parameters
    theirs._best_coefs = [block.view(best).copy() for block in net.layout.weights]
    theirs._best_intercepts = [block.view(best).copy() for block in net.layout.biases]
    theirs.n_iter_, theirs.t_ = state.n_iter, state.samples_seen
    theirs._random_state = np.random.mtrand._rand
    if state.epochs or np.isfinite(state.best_loss):
        theirs.loss_ = state.epochs[-1].loss if state.solver is not None and state.epochs else state.best_loss
    if theirs.solver == "lbfgs":
        return
    theirs.loss_curve_ = [row.loss for row in state.epochs]
    theirs._no_improvement_count = state.no_improvement
    validated = state.best_parameters is not None
    theirs.best_loss_ = None if validated else state.best_loss
    theirs.validation_scores_ = [row.validation_score for row in state.epochs] if validated else None
    theirs.best_validation_score_ = state.best_score if validated else None
    if state.solver is not None:
        theirs._optimizer = _their_optimizer(theirs, state, net)


def _their_optimizer(theirs: Any, state: TrainingState, net: Network) -> Any:
    params = theirs.coefs_ + theirs.intercepts_
    vectors = state.moments.reshape(-1, net.n_parameters)
    memory = [[block.view(vector).copy() for block in net.layout.blocks] for vector in vectors]
    if theirs.solver == "adam":
        adam = AdamOptimizer(params, theirs.learning_rate_init, theirs.beta_1, theirs.beta_2, theirs.epsilon)
        adam.t, adam.ms, adam.vs = int(state.settings[STEPS]), *memory
        return adam
    sgd = SGDOptimizer(
        params, theirs.learning_rate_init, theirs.learning_rate, theirs.momentum,
        theirs.nesterovs_momentum, theirs.power_t,
    )  # fmt: skip
    sgd.learning_rate, sgd.velocities = state.rate, memory[0]
    return sgd
