"""What the pictures show."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from chainrule import Network, display
from chainrule.display import (
    CalibrationDisplay,
    ConfusionDisplay,
    ExplanationDisplay,
    HistoryDisplay,
    LayerJacobianDisplay,
    PartialEffectDisplay,
    PredictionDisplay,
    ResidualDisplay,
    SensitivityDisplay,
)
from sweeps import for_each


def axes():
    return Figure().subplots()


def history(loss, score=None):
    return SimpleNamespace(epoch=np.arange(1, len(loss) + 1), loss=np.array(loss), validation_score=score)


def test_history_without_validation():
    display = HistoryDisplay(history([3.0, 2.0, 1.5])).plot(ax=axes())
    assert display.score_ax_ is None
    assert len(display.lines_) == 1
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), [3, 2, 1.5])
    assert display.ax_.get_xlabel() == "epoch"
    assert display.ax_.get_yscale() == "linear"


def test_history_with_validation_marks_the_best_epoch():
    display = HistoryDisplay(history([1.0, 0.1, 0.01], np.array([0.1, 0.9, 0.8]))).plot(ax=axes())
    assert display.ax_.get_yscale() == "log"
    assert display.lines_[-1].get_label() == "best: 0.9, epoch 2"
    assert display.figure_ is display.ax_.figure


@pytest.mark.parametrize(
    "loss", [[], [1.0], [1.0, -1.0, -3.0], [np.nan, 1.0, 100.0], [np.nan, np.nan], [1.0, 1e-9]]
)
def test_history_of_any_kind(loss):
    score = np.linspace(0, 1, len(loss)) if np.isfinite(loss).any() else np.array(loss)
    figure = HistoryDisplay(history(loss, score)).plot(ax=axes()).figure_
    figure.canvas.draw()


@pytest.mark.parametrize("rows", [0, 1, 50, 3000])
def test_predictions(rows):
    true = np.linspace(-1, 1, rows)
    display = PredictionDisplay(true, true + 5, name="price", unit="euros").plot(ax=axes())
    assert display.ax_.get_ylabel() == "predicted price (euros)"
    assert display.ax_.get_xlim() == display.ax_.get_ylim()
    display.figure_.canvas.draw()


def test_predictions_must_match():
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        PredictionDisplay([1, 2, 3], [1, 2])


def test_confusion_writes_counts():
    display = ConfusionDisplay([[8, 2], [0, 0]], ["no", "yes"], name="sold").plot(ax=axes())
    assert [text.get_text() for text in display.ax_.texts] == ["8", "2", "0", "0"]
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["no", "yes"]
    with pytest.raises(ValueError, match="2 classes"):
        ConfusionDisplay([[1]], ["no", "yes"])


def test_own_axes_are_pyplots(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    import matplotlib.pyplot as plt

    display = HistoryDisplay(history([2.0, 1.0])).plot()
    assert plt.gcf() is display.figure_
    plt.close("all")


def test_importing_displays_imports_no_matplotlib():
    code = "import sys, chainrule.display; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def sensitivities(n_features, outputs=("y",)):
    size = np.arange(1.0, n_features + 1) * np.ones((len(outputs), 1))
    return SimpleNamespace(
        mean=-size / 2,
        root_mean_square=size,
        features=[f"x{j}" for j in range(n_features)],
        outputs=outputs,
    )


def test_sensitivities_the_largest_on_top():
    display = SensitivityDisplay(sensitivities(3)).plot(ax=axes())
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["x0", "x1", "x2"]
    np.testing.assert_array_equal([bar.get_width() for bar in display.ax_.patches], [-1, -2, -3])
    assert display.ax_.get_xlabel() == "∂y / ∂feature"


def test_sensitivities_of_many_features_shows_the_largest():
    display = SensitivityDisplay(sensitivities(50), n_features=5).plot(ax=axes())
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == [f"x{j}" for j in range(45, 50)]
    display.figure_.canvas.draw()


def test_sensitivities_from_an_estimator_and_by_name():
    asked = []

    class Model:
        def sensitivities(self, X, of="all"):
            asked.append((X, of))
            return sensitivities(2, ("a", "b"))

    display = SensitivityDisplay.from_estimator(Model(), "rows", of="logits", output="b", ax=axes())
    assert asked == [("rows", "logits")]
    assert display.ax_.get_xlabel() == "∂b / ∂feature"
    with pytest.raises(ValueError, match=r"'c'.*a, b"):
        SensitivityDisplay(sensitivities(2, ("a", "b")), output="c")
    with pytest.raises(ValueError, match="7"):
        SensitivityDisplay(sensitivities(2), output=7)


class Model:
    """Answers what the pictures ask of an estimator."""

    classes_ = np.array(["a", "b"])
    history_ = history([3.0, 2.0])

    def sensitivities(self, X):
        return sensitivities(2)

    def predict(self, X):
        return np.asarray(X)[:, 0]

    def predict_proba(self, X):
        return np.column_stack([1 - np.asarray(X)[:, 0], np.asarray(X)[:, 0]])

    def explain(self, row):
        return SimpleNamespace(
            columns=["x"], cells=["1"], parts=[[2.0]], typical=[1.0], prediction=[3.0], remainder=[0.0],
            outputs=["y"],
        )  # fmt: skip

    def effect_of(self, X, column, **_):
        return np.arange(3.0), np.ones((2, 3)), np.zeros((2, 3)), np.arange(3.0)


ROWS, TARGETS = np.array([[0.2], [0.9], [0.4]]), np.array([0.0, 1.0, 1.0])
LABELS = np.array(["a", "b", "b"])
NET = Network((3, 4, 2), random_state=0)


class Classifier(Model):
    def predict(self, X):
        return self.classes_[(np.asarray(X)[:, 0] > 0.5).astype(int)]


MADE = {
    HistoryDisplay: lambda ax: HistoryDisplay.from_estimator(Model(), ax=ax),
    SensitivityDisplay: lambda ax: SensitivityDisplay.from_estimator(Model(), ROWS, ax=ax),
    PredictionDisplay: lambda ax: PredictionDisplay.from_estimator(Model(), ROWS, TARGETS, ax=ax),
    ResidualDisplay: lambda ax: ResidualDisplay.from_estimator(Model(), ROWS, TARGETS, ax=ax),
    CalibrationDisplay: lambda ax: CalibrationDisplay.from_estimator(Model(), ROWS, LABELS, ax=ax),
    ConfusionDisplay: lambda ax: ConfusionDisplay.from_estimator(Classifier(), ROWS, LABELS, ax=ax),
    ExplanationDisplay: lambda ax: ExplanationDisplay.from_estimator(Model(), ROWS[:1], ax=ax),
    LayerJacobianDisplay: lambda ax: LayerJacobianDisplay.from_estimator(NET, np.ones((2, 3)), ax=ax),
    PartialEffectDisplay: lambda ax: PartialEffectDisplay.from_estimator(
        Model(), ROWS, "x", ax=ax.get_figure().subplots(2)
    ),
}


@pytest.mark.parametrize("name", display.__all__)
def test_all_are_made_from_an_estimator_and_keep_what_they_drew_on(name):
    ax = axes()
    made = MADE[getattr(display, name)](ax)
    assert isinstance(made, getattr(display, name))
    assert made.figure_ is ax.get_figure() and made.ax_.get_figure() is made.figure_
    made.figure_.canvas.draw()


@pytest.mark.parametrize("kind", [PredictionDisplay, ResidualDisplay])
def test_from_predictions_takes_the_name_of_the_target(kind):
    pd = pytest.importorskip("pandas")
    made = kind.from_predictions(pd.Series([1.0, 2.0], name="price"), [1.5, 2.5], unit="euros", ax=axes())
    assert "price (euros)" in made.ax_.get_xlabel() and "price (euros)" in made.ax_.get_ylabel()


@pytest.mark.parametrize("rows", [0, 1, 3000])
def test_residuals_of_any_number_of_rows(rows):
    true = np.linspace(-1, 1, rows)
    made = ResidualDisplay(true, true + 5).plot(ax=axes())
    np.testing.assert_allclose(made.residuals, -5)
    made.figure_.canvas.draw()


def test_calibration_has_bins_of_equal_rows():
    random = np.random.default_rng(0)
    prob = random.random(1000)
    true = random.random(1000) < prob**2
    made = CalibrationDisplay.from_predictions(true, prob, n_bins=4, name="sold", ax=axes())
    np.testing.assert_array_equal(made.counts, 250)
    order = np.argsort(prob)
    np.testing.assert_allclose(made.predicted, prob[order].reshape(4, 250).mean(axis=1))
    np.testing.assert_allclose(made.observed, true[order].reshape(4, 250).mean(axis=1))


@pytest.mark.parametrize("prob", [[0.0], [1.0, 1.0, 1.0], [0.0, 1.0]])
def test_calibration_of_few_different_probabilities(prob):
    made = CalibrationDisplay(np.ones(len(prob)), prob).plot(ax=axes())
    assert made.counts.sum() == len(prob)
    np.testing.assert_array_equal(made.observed, 1)


def test_calibration_refuses():
    for true, prob, words in (
        ([], [], "at least one row"),
        ([0, 1], [0.5], r"\(2,\) and \(1,\)"),
        ([0, 1], [0.5, 1.5], "outside 0 to 1"),
        ([0, 1], [0.5, np.nan], "outside 0 to 1"),
    ):
        with pytest.raises(ValueError, match=words):
            CalibrationDisplay(true, prob)
    with pytest.raises(ValueError, match="n_bins must be a whole number of at least 1, got 0"):
        CalibrationDisplay([1], [0.5], n_bins=0)
    with pytest.raises(ValueError, match="label is 'c'; the classes are a, b"):
        CalibrationDisplay.from_estimator(Model(), ROWS, LABELS, label="c")


def test_confusion_counts_pairs():
    made = ConfusionDisplay.from_predictions(["a", "b", "b", "c"], ["a", "a", "b", "a"], ax=axes())
    np.testing.assert_array_equal(made.counts, [[1, 0, 0], [1, 1, 0], [1, 0, 0]])
    assert made.classes == ["a", "b", "c"]
    with pytest.raises(ValueError, match=r"\(2,\) and \(1,\)"):
        ConfusionDisplay.from_predictions(["a", "b"], ["a"])


def test_layer_jacobians_and_their_product():
    X = np.random.default_rng(0).normal(size=(4, 3))
    made = LayerJacobianDisplay.from_estimator(NET, X, row=2, ax=axes())
    np.testing.assert_allclose(made.product, NET.jacobian(X)[2], rtol=1e-6)
    shapes = [ax.get_images()[0].get_array().shape for ax in made.axes_]
    assert shapes == [(2, 4), (4, 3), (2, 3)]
    with pytest.raises(ValueError, match=r"a chain, not \(1, 2\) · \(3, 1\)"):
        LayerJacobianDisplay([np.ones((1, 2)), np.ones((3, 1))])
    with pytest.raises(ValueError, match="at least one factor"):
        LayerJacobianDisplay([])


def test_the_history_of_one_of_several_networks():
    several = SimpleNamespace(histories_=[history([3.0, 1.0]), history([5.0, 4.0])])
    made = HistoryDisplay.from_estimator(several, member=1, ax=axes())
    np.testing.assert_array_equal(made.lines_[0].get_ydata(), [5, 4])


EXPLAINED = Model().explain(ROWS[:1])
MODEL_OF_TWO = SimpleNamespace(histories_=[history([3.0, 1.0]), history([5.0, 4.0])])
REFUSED = {
    "texts beside numbers": (lambda: ConfusionDisplay.from_predictions(["1"], [1]), "texts and numbers"),
    "texts for numbers": (
        lambda: ConfusionDisplay.from_predictions(["1", "2"], ["1", "2"], classes=[1, 2]),
        "no row of y_true is of one of the classes: 1, 2",
    ),
    "missing classes": (
        lambda: ConfusionDisplay.from_predictions(np.array(["a", None]), ["a", "b"]), "missing values"
    ),
    "no classes": (lambda: ConfusionDisplay.from_predictions([], []), "at least one class"),
    "a class twice": (
        lambda: ConfusionDisplay.from_predictions(["a"], ["a"], classes=["a", "a"]), "the same name: a, a"
    ),
    "classes 1 and 2": (lambda: CalibrationDisplay([1, 2], [0.5, 0.6]), "truth values, or 0 and 1"),
    "missing truth": (lambda: CalibrationDisplay([1, np.nan], [0.5, 0.6]), "truth values, or 0 and 1"),
    "half a bin": (lambda: CalibrationDisplay([1, 0], [0.5, 0.6], n_bins=2.5), "whole number.*2.5"),
    "a missing number": (lambda: PredictionDisplay([1.0, np.nan], [1.0, 2.0]), "y_true holds NaN.*in row 1"),
    "an infinite one": (lambda: ResidualDisplay([1.0], [np.inf]), "y_pred holds NaN or infinity.*row 0"),
    "a vector": (lambda: LayerJacobianDisplay([[1.0, 2.0]]), r"not \(2,\)"),
    "rows of factors": (lambda: LayerJacobianDisplay([np.ones((4, 2, 3))]), r"not \(4, 2, 3\)"),
    "no such output": (lambda: ExplanationDisplay(EXPLAINED, output=3), "output is 3; the outputs are y"),
    "no columns": (lambda: ExplanationDisplay(EXPLAINED, n_columns=-1), "n_columns must be .*, got -1"),
    "no features": (lambda: SensitivityDisplay(sensitivities(3), n_features=0), "n_features must be .* 0"),
    "half an output": (lambda: SensitivityDisplay(sensitivities(3), output=0.5), "output is 0.5"),
    "no such network": (lambda: HistoryDisplay.from_estimator(MODEL_OF_TWO, member=2), "members are 0, 1"),
    "one network": (lambda: HistoryDisplay.from_estimator(Model(), member=1), "the members are 0"),
    "no points": (lambda: PartialEffectDisplay("x", [], [[]], [[]]), "grid of shape"),
}  # fmt: skip


@for_each("name", REFUSED)
def test_what_cannot_be_drawn_is_said(name):
    drawn, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        drawn()


def test_an_explanation_of_an_output_by_its_name():
    assert ExplanationDisplay(EXPLAINED, output="y").plot(ax=axes()).ax_.get_xlabel() == "y"
