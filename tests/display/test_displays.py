"""What the pictures show."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from chainrule.display import ConfusionDisplay, HistoryDisplay, PredictionDisplay, SensitivityDisplay


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


@pytest.mark.parametrize("loss", [[], [1.0], [1.0, -1.0, -3.0], [np.nan, 1.0, 100.0], [1.0, 1e-9]])
def test_history_of_any_kind(loss):
    score = np.linspace(0, 1, len(loss))
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
