"""The estimators inside scikit-learn's tools: pipelines, searches, routing, wrappers."""

from importlib.util import find_spec

import numpy as np
import pytest
import sklearn
from joblib import parallel_config
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .data import (
    BINARY,
    MULTICLASS,
    ONE_OUTPUT,
    TWINS,
    TWO_OUTPUTS,
    X,
    classifier,
    regressor,
    target_of,
    twin,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])


@makers
def test_a_search_in_a_pipeline(make):
    grid = {"alpha": [1e-4, 10.0], "hidden_layer_sizes": [(3,), (6, 2)]}
    y = target_of(make())
    searches = []
    for model in (make(), twin(make())):
        name = type(model).__name__.lower()
        pipeline = make_pipeline(StandardScaler(), model)
        search = GridSearchCV(pipeline, {f"{name}__{key}": values for key, values in grid.items()}, cv=3)
        searches.append(search.fit(X, y))
    ours, theirs = searches
    assert ours.best_params_ == theirs.best_params_
    scores = [each.cv_results_["mean_test_score"] for each in searches]
    np.testing.assert_allclose(*scores, rtol=1e-9)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)


@makers
def test_two_workers_find_what_one_finds(make):
    """In threads: what they share must not show."""
    y = target_of(make())
    with parallel_config(backend="threading"):
        alone, together = (
            GridSearchCV(make(), {"alpha": [1e-4, 1.0, 10.0]}, cv=3, n_jobs=n).fit(X, y) for n in (1, 2)
        )
    np.testing.assert_array_equal(
        alone.cv_results_["mean_test_score"], together.cv_results_["mean_test_score"]
    )


@makers
def test_cross_validation(make):
    model, y = make(), target_of(make())
    scores = cross_val_score(model, X, y, cv=3), cross_val_score(twin(model), X, y, cv=3)
    np.testing.assert_allclose(*scores, rtol=1e-9)


def test_cross_validated_probabilities():
    model = classifier()
    p = [
        cross_val_predict(each, X, MULTICLASS, cv=3, method="predict_proba") for each in (model, twin(model))
    ]
    np.testing.assert_allclose(*p, rtol=1e-9)


def test_wrappers():
    TransformedTargetRegressor(regressor(), transformer=StandardScaler()).fit(X, 50 + 9 * ONE_OUTPUT)
    MultiOutputRegressor(regressor()).fit(X, TWO_OUTPUTS).predict(X)
    BaggingRegressor(regressor(), n_estimators=2).fit(X, ONE_OUTPUT).predict(X)
    CalibratedClassifierCV(classifier(), cv=2).fit(X, BINARY).predict_proba(X)
    VotingClassifier([("a", classifier()), ("b", classifier(alpha=1.0))], voting="soft").fit(X, BINARY)
    permutation_importance(regressor().fit(X, ONE_OUTPUT), X, ONE_OUTPUT, n_repeats=1)


@pytest.mark.parametrize("Estimator", TWINS)
def test_tags_are_scikit_learns(Estimator):
    assert Estimator().__sklearn_tags__() == TWINS[Estimator]().__sklearn_tags__()
    assert is_classifier(Estimator()) == is_classifier(TWINS[Estimator]())
    assert is_regressor(Estimator()) == is_regressor(TWINS[Estimator]())


@pytest.mark.parametrize("Estimator", TWINS)
def test_callbacks_come_with_scikit_learn(Estimator):
    """Version 1.8 has none; all else works there."""
    assert hasattr(Estimator, "set_callbacks") == (find_spec("sklearn.callback") is not None)


@pytest.mark.parametrize("Estimator", TWINS)
def test_routing_knows_what_can_be_asked_for(Estimator):
    with sklearn.config_context(enable_metadata_routing=True):
        asked = [
            kind()
            .set_fit_request(sample_weight=True)
            .set_score_request(sample_weight="rating")
            .set_partial_fit_request(sample_weight=False)
            .get_metadata_routing()
            for kind in (Estimator, TWINS[Estimator])
        ]
    requests = [
        {name: getattr(each, name).requests for name in ("fit", "score", "partial_fit")} for each in asked
    ]
    requests[1]["fit"] |= dict.fromkeys(("validation_data", "checkpoint", "resume"))  # ours alone
    assert requests[0] == requests[1]


@makers
def test_weights_are_routed_through_a_pipeline(make):
    y, weights = target_of(make()), np.linspace(0.1, 2.0, len(X))
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        model = make_pipeline(scaler, make().set_fit_request(sample_weight=True))
        model.fit(X, y, sample_weight=weights)
    by_hand = make().fit(StandardScaler().fit_transform(X), y, weights)
    assert model[-1].network_ == by_hand.network_
