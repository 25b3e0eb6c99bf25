"""scikit-learn's callbacks (1.9 and newer) on our estimators: told of the fit and of each epoch, once."""

import _thread

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sweeps import for_each

from .data import BINARY, MULTICLASS, ONE_OUTPUT, X, assert_equal_fits, classifier, regressor, target_of

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn 1.9 brings callbacks")

quietly = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])
solvers = pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
WEIGHTS = np.linspace(0.5, 2.0, len(X))


class Recorder:
    """Writes down what it is told; subclasses act on it."""

    def __init__(self):
        self.told, self.losses, self.metadata, self.set_up = [], [], [], 0

    def setup(self, estimator, context):
        self.set_up += 1

    def teardown(self, estimator, context):
        self.set_up -= 1

    def on_fit_task_begin(self, estimator, context):
        self.told.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
        self.told.append(("end", context.task_name, context.task_id))
        self.metadata.append(metadata)
        if context.task_name == "epoch":
            self.losses.append(estimator.loss_)
            return self.at_epoch(estimator, context.task_id)

    def at_epoch(self, estimator, number):
        """Return True to stop."""


class StopAt(Recorder):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def at_epoch(self, estimator, number):
        return number == self.epoch


class FailAt(StopAt):
    def at_epoch(self, estimator, number):
        if number == self.epoch:
            raise RuntimeError("enough of this")


class InterruptAt(StopAt):
    def at_epoch(self, estimator, number):
        if number == self.epoch:
            raise KeyboardInterrupt


class Snapshots(Recorder):
    """Keeps the fitted estimator of each epoch, as it is handed over."""

    def __init__(self):
        super().__init__()
        self.fitted, self.parameters = [], []

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.fitted.append(fitted_estimator)
        self.parameters.append(estimator.network_.parameters.copy())


def monitor_of(model):
    """A monitor of the estimator's own score; scoring=None fails in scikit-learn 1.9.1."""
    return callback.ScoringMonitor(scoring={"score": check_scoring(model)})


def whole_story(n_epochs):
    """What there is to tell of a fit."""
    epochs = [(when, "epoch", i) for i in range(n_epochs) for when in ("begin", "end")]
    return [("begin", "fit", 0), *epochs, ("end", "fit", 0)]


@quietly
@makers
@solvers
@for_each("early_stopping", [False, True])
def test_each_epoch_is_told_once_and_in_order(make, solver, early_stopping):
    recorder, model = Recorder(), make(solver=solver, early_stopping=early_stopping)
    model.set_callbacks(recorder).fit(X, target_of(model))
    assert model.n_iter_ == 8
    assert recorder.told == whole_story(8)
    assert recorder.losses == model.history_.loss.tolist()
    assert recorder.losses[-1] == model.loss_
    assert recorder.set_up == 0


def test_no_epoch_is_told_of_that_does_not_run():
    """Learning comes to a halt by itself: nothing was begun that did not happen."""
    recorder = Recorder()
    model = regressor(tol=100.0, n_iter_no_change=1).set_callbacks(recorder).fit(X, ONE_OUTPUT)
    assert model.n_iter_ == 3
    assert recorder.told == whole_story(3)
    recorder = Recorder()
    model = regressor(solver="lbfgs", alpha=5.0, tol=1e-3, max_iter=500).set_callbacks(recorder)
    model.fit(X, ONE_OUTPUT)
    assert model.history_.stop_reason == "converged"
    assert recorder.told == whole_story(model.n_iter_)


@makers
@solvers
def test_a_callback_stops_the_fit_without_a_warning(make, solver):
    recorder, model = StopAt(2), make(solver=solver)
    model.set_callbacks(Recorder(), recorder, Recorder()).fit(X, target_of(model))
    assert model.n_iter_ == len(model.history_) == 3
    assert model.history_.stop_reason == "callback"
    assert recorder.told == whole_story(3)
    with pytest.warns(ConvergenceWarning):
        assert_equal_fits(model, make(solver=solver, max_iter=3).fit(X, target_of(model)), rtol=1e-15)


@quietly
def test_restarts_tell_callbacks_of_the_fit_alone():
    recorder = StopAt(1)
    with pytest.warns(UserWarning, match="n_restarts=2.*callbacks are told of no epoch$"):
        model = regressor(solver="lm", n_restarts=2).set_callbacks(recorder).fit(X, ONE_OUTPUT)
    assert recorder.told == whole_story(0)
    assert model.n_iter_ > 2 and model.history_.stop_reason != "callback"


@quietly
def test_the_last_epoch_may_be_the_one_that_is_stopped_at():
    model = regressor(max_iter=3).set_callbacks(StopAt(2)).fit(X, ONE_OUTPUT)
    assert model.history_.stop_reason == "callback"


@quietly
def test_with_early_stopping_a_stopped_fit_keeps_the_best_weights():
    parameters = dict(early_stopping=True, solver="sgd", learning_rate_init=0.3, max_iter=30, tol=0.0)
    kept = Snapshots()
    model = regressor(**parameters).set_callbacks(kept, StopAt(9)).fit(X, ONE_OUTPUT)
    best = int(np.argmax(model.validation_scores_))
    np.testing.assert_array_equal(model.network_.parameters, kept.parameters[best])


@quietly
@makers
@solvers
def test_callbacks_change_no_number(make, solver):
    plain, watched = make(solver=solver), make(solver=solver)
    y = target_of(plain)
    plain.fit(X, y, WEIGHTS)
    watched.set_callbacks(monitor_of(watched), Snapshots()).fit(X, y, WEIGHTS)
    assert watched.network_ == plain.network_
    np.testing.assert_array_equal(watched.history_.loss, plain.history_.loss)


@quietly
@makers
@solvers
def test_a_score_for_each_epoch(make, solver):
    model = make(solver=solver)
    monitor, y = monitor_of(model), target_of(model)
    model.set_callbacks(monitor).fit(X, y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in rows] == list(range(8))
    by_hand = [clone(model).set_callbacks().set_params(max_iter=n).fit(X, y).score(X, y) for n in (1, 4, 8)]
    scores = [rows[n - 1]["score"] for n in (1, 4, 8)]
    assert scores == pytest.approx(by_hand, rel=1e-12)
    (fit,) = [row for row in monitor.get_logs().data if row["task_name"] == "fit"]
    assert fit["score"] == scores[-1]


@quietly
def test_scores_are_weighted_as_the_fit_is():
    monitor = callback.ScoringMonitor(scoring="neg_mean_squared_error")
    model = regressor().set_callbacks(monitor).fit(X, ONE_OUTPUT, WEIGHTS)
    error = np.average((model.predict(X) - ONE_OUTPUT) ** 2, weights=WEIGHTS)
    assert monitor.get_logs().data[-1]["neg_mean_squared_error"] == pytest.approx(-error)


@quietly
def test_weights_are_in_the_metadata():
    recorder = Recorder()
    regressor().set_callbacks(recorder).fit(X, ONE_OUTPUT, WEIGHTS)
    assert len(recorder.metadata) == 9
    assert all(each["sample_weight"] is WEIGHTS for each in recorder.metadata)
    recorder = Recorder()
    regressor().set_callbacks(recorder).fit(X, ONE_OUTPUT)
    assert recorder.metadata == [None] * 9


@quietly
@solvers
def test_the_fitted_estimator_of_an_epoch_stays_as_it_was(solver):
    kept = Snapshots()
    model = classifier(solver=solver, warm_start=True).set_callbacks(kept).fit(X, MULTICLASS)
    model.set_callbacks().fit(X, MULTICLASS)  # goes on in place
    told = zip(kept.fitted, kept.parameters, (1, 2, 3, 4, 5, 6, 7, 8, 8), strict=True)
    for fitted, parameters, n_epochs in told:
        np.testing.assert_array_equal(fitted.network_.parameters, parameters)
        assert fitted.n_iter_ == len(fitted.history_) == n_epochs
        assert fitted.predict_proba(X).shape == (len(X), 3)
    plain = classifier(solver=solver).fit(X, MULTICLASS)
    assert kept.fitted[-1].network_ == plain.network_


@quietly
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_the_fitted_estimator_may_go_on_by_itself(solver):
    class Meddler(Snapshots):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            fitted_estimator.partial_fit(-X, MULTICLASS)

    model = classifier(solver=solver).set_callbacks(Meddler()).fit(X, MULTICLASS)
    plain = classifier(solver=solver).fit(X, MULTICLASS)
    assert model.network_ == plain.network_
    np.testing.assert_array_equal(model._state.moments, plain._state.moments)


@quietly
def test_data_frames_reach_the_callbacks_as_they_are():
    frame = pd.DataFrame(X, columns=list("abcd"))

    class Looks(Recorder):
        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
            assert X is frame
            assert isinstance(y, pd.Series)
            assert fitted_estimator.feature_names_in_.tolist() == list("abcd")
            assert np.isfinite(fitted_estimator.score(X, y))
            self.told.append(fitted_estimator)

    looks, monitor = Looks(), callback.ScoringMonitor(scoring="r2")
    regressor().set_callbacks(looks, monitor).fit(frame, pd.Series(ONE_OUTPUT))
    assert len(looks.told) == 9
    assert len(monitor.get_logs().data_as_pandas) == 9


@quietly
@makers
@solvers
def test_a_progress_bar(make, solver, capsys):
    model = make(solver=solver)
    model.set_callbacks(callback.ProgressBar()).fit(X, target_of(model))
    shown = capsys.readouterr().out
    assert f"{type(model).__name__} - fit" in shown
    assert "100%" in shown


@quietly
@makers
def test_inside_a_pipeline(make):
    monitor, inner, y = monitor_of(make()), Recorder(), target_of(make())
    model = make_pipeline(StandardScaler(), make().set_callbacks(inner, monitor))
    model.fit(X, y)
    assert inner.told[1:-1] == whole_story(8)[1:-1]
    epochs = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert epochs[-1]["score"] == model.score(X, y)


@quietly
def test_a_progress_bar_on_the_pipeline_shows_the_epochs(capsys):
    model = make_pipeline(StandardScaler(), regressor())
    model.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, ONE_OUTPUT)
    assert "MLPRegressor" in capsys.readouterr().out


@quietly
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_inside_a_search(n_jobs, capsys):
    """Our own scores of every epoch of every fit, also from other processes."""
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model = classifier(max_iter=3).set_callbacks(monitor)
    search = GridSearchCV(model, {"alpha": [1e-4, 1.0]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(callback.ProgressBar()).fit(X, BINARY)
    assert "GridSearchCV" in capsys.readouterr().out
    plain = GridSearchCV(classifier(max_iter=3), {"alpha": [1e-4, 1.0]}, cv=2).fit(X, BINARY)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])
    assert search.best_estimator_.network_ == plain.best_estimator_.network_
    logs = monitor.get_logs(select="all")
    rows = [row for log in logs for row in log.data if row["task_name"] == "epoch"]
    assert len(rows) == 3 * (2 * 2 + 1)  # once more with the best parameters, on all rows
    assert search.score(X, BINARY) in [row["accuracy"] for row in rows if row["task_id"] == 2]


@quietly
@makers
@solvers
def test_an_exception_in_a_callback_leaves_a_model(make, solver):
    recorder, model = FailAt(2), make(solver=solver, warm_start=True)
    y = target_of(model)
    with pytest.raises(RuntimeError, match="enough of this"):
        model.set_callbacks(recorder).fit(X, y)
    assert recorder.set_up == 0
    assert np.isfinite(model.predict(X)).all()
    assert len(model.history_) == model.n_iter_ == 3
    model.set_callbacks().fit(X, y)
    assert len(model.history_) == 11
    anew = model.set_params(warm_start=False).fit(X, y)
    assert_equal_fits(anew, make(solver=solver).fit(X, y), rtol=1e-15)


@pytest.mark.filterwarnings("default")
@makers
@solvers
def test_an_interruption_closes_what_was_begun(make, solver):
    recorder, model = InterruptAt(2), make(solver=solver)
    with pytest.warns(UserWarning, match="Training interrupted by user") as heard:
        model.set_callbacks(recorder).fit(X, target_of(model))
    assert len(heard) == 1
    assert recorder.told == whole_story(3)
    assert recorder.set_up == 0
    assert model.history_.stop_reason == "interrupted"
    assert model.loss_ == recorder.losses[-1]
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_epoch_that_is_interrupted_is_closed(solver):
    """The signal comes after the epoch began: it takes effect in the epoch."""

    class InterruptsAtBegin(Recorder):
        def on_fit_task_begin(self, estimator, context):
            super().on_fit_task_begin(estimator, context)
            if context.task_id == 2:
                _thread.interrupt_main()

    recorder = InterruptsAtBegin()
    model = regressor(solver=solver).set_callbacks(recorder)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, ONE_OUTPUT)
    assert recorder.told == whole_story(3)
    assert model.n_iter_ == len(model.history_) == 2


def test_partial_fit_tells_nobody():
    recorder = Recorder()
    regressor().set_callbacks(recorder).partial_fit(X, ONE_OUTPUT)
    assert recorder.told == []


@makers
def test_callbacks_are_scikit_learns_to_set_and_to_clone(make):
    recorder, model = Recorder(), make()
    assert isinstance(model, callback.CallbackSupportMixin)
    assert model.set_callbacks(recorder) is model
    with pytest.raises(TypeError, match="FitCallback protocol"):
        model.set_callbacks(print)
    assert clone(model)._skl_callbacks == [recorder]
    assert not hasattr(clone(model.set_callbacks()), "_skl_callbacks")
