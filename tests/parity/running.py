"""Running one case with either library, in stages: fits, warm starts, calls of partial_fit.

After each stage everything that scikit-learn shows of a fitted model is kept.
"""

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol
from unittest.mock import patch

import numpy as np
import sklearn.neural_network as scikit_learn
from scipy.special import expit
from sklearn.neural_network import _multilayer_perceptron as scikit_learns_module

# Calls of partial_fit: all rows, one half, the other half, and again.
CALLS = (0, 1, 2) * 5


class Case(Protocol):
    """What both libraries run."""

    regime: str

    @property
    def algorithm(self) -> str: ...

    @property
    def dtype(self) -> str: ...

    @property
    def classifies(self) -> bool: ...

    def data(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]: ...

    def model(self, library: ModuleType) -> Any: ...


@dataclass
class Run:
    """What one library showed after each stage, what it warned of, and what it raised."""

    stages: list[dict[str, Any]]
    warned: list[tuple[type, str]]
    raised: Exception | None = None


def run(case: Case, library: ModuleType) -> Run:
    """Run all stages with one library."""
    done, model = Run([], []), case.model(library)
    X, y, weights = case.data()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for _ in _stages(case, model, X, y, weights):
                done.stages.append(_shown(model, X, y))
        except Exception as error:
            done.raised = error
    # That a fit is no better than a constant is said by ours alone, on purpose (docs/guide/differences.md).
    said = [(each.category, str(each.message)) for each in caught]
    done.warned = [(kind, words) for kind, words in said if not words.startswith("R² is ")]
    return done


def run_scikit_learn(case: Case, nudged: bool = False) -> Run:
    """Run scikit-learn's, with what is deliberately different mended; nudged: started some ulp off."""
    with ExitStack() as patches:
        if case.algorithm == "lbfgs":
            patches.enter_context(_one_function())
        patches.enter_context(_exact_logistic_loss())
        if nudged:
            patches.enter_context(_some_ulp_off())
        return run(case, scikit_learn)


def _stages(
    case: Case, model: Any, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None
) -> Iterator[None]:
    parts = [slice(None), slice(0, len(y) // 2), slice(len(y) // 2, None)]
    given = [(X[part], y[part], None if weights is None else weights[part]) for part in parts]
    if case.regime != "partial_fit":
        yield model.fit(*given[0])
    if "warm start" in case.regime:
        for each in (0, 1):
            _keep_the_best_apart(model)
            yield model.fit(*given[each])
    if "partial_fit" in case.regime:
        known = {"classes": np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)} if case.classifies else {}
        for each in CALLS:
            model.partial_fit(*given[each], **known)
        yield


def _one_function() -> AbstractContextManager[Any]:
    # Quirk 1: with several outputs scikit-learn hands L-BFGS the gradient of the sum, but the mean.
    def half_sum(y: np.ndarray, predicted: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        return 0.5 * np.average((y - predicted) ** 2, weights=sample_weight, axis=0).sum()

    return patch.dict(scikit_learns_module.LOSS_FUNCTIONS, squared_error=half_sum)


def _exact_logistic_loss() -> AbstractContextManager[Any]:
    # From p alone, -ln(1 - p) near p = 1 carries the rounding of p: 1e-5 of it at q = 25. Ours starts from q.
    seen: list[np.ndarray] = []

    def logistic(q: np.ndarray) -> None:
        seen[:] = [q.copy()]
        expit(q, out=q)

    def loss(y: np.ndarray, p: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        eps = np.finfo(p.dtype).eps
        errors = np.clip(np.logaddexp(0, np.where(y, -seen[0], seen[0])), -np.log1p(-eps), -np.log(eps))
        return np.average(errors, weights=sample_weight, axis=0).sum()

    patches = ExitStack()
    patches.enter_context(patch.dict(scikit_learns_module.ACTIVATIONS, logistic=logistic))
    patches.enter_context(patch.dict(scikit_learns_module.LOSS_FUNCTIONS, binary_log_loss=loss))
    return patches


def _some_ulp_off() -> AbstractContextManager[Any]:
    base = scikit_learns_module.BaseMultilayerPerceptron
    draw = base._init_coef

    def nudged(self: Any, *shape_and_type: Any) -> Any:
        matrix, vector = draw(self, *shape_and_type)
        ulps = np.random.default_rng(0).integers(-16, 17, matrix.shape).astype(matrix.dtype)
        return matrix + ulps * np.spacing(matrix), vector

    return patch.object(base, "_init_coef", nudged)


def _keep_the_best_apart(model: Any) -> None:
    # Quirk 2: after a fit scikit-learn's weights are its best weights, not a copy of them.
    if isinstance(model, scikit_learns_module.BaseMultilayerPerceptron):
        model.coefs_ = [matrix.copy() for matrix in model.coefs_]
        model.intercepts_ = [vector.copy() for vector in model.intercepts_]


CURVES = ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_")


def _shown(model: Any, X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    shown = {f"coefs_[{layer}]": matrix.copy() for layer, matrix in enumerate(model.coefs_)}
    shown |= {f"intercepts_[{layer}]": vector.copy() for layer, vector in enumerate(model.intercepts_)}
    shown |= {name: getattr(model, name) for name in ("n_iter_", "t_", "loss_")}
    # Lists grow: they are copied here.
    shown |= {name: np.copy(getattr(model, name)) for name in CURVES if hasattr(model, name)}
    shown |= {"predict": model.predict(X), "score": model.score(X, y)}
    if len(getattr(model, "classes_", ())) > 1:  # quirk 9: of one class scikit-learn shows two columns
        shown["predict_proba"] = model.predict_proba(X)
    return shown
