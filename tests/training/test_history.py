import copy
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from chainrule import LBFGS, Adam, History, Network, train

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 2))
y = X[:, 0] * X[:, 1]


def learnt(**options):
    net = Network((2, 6, 1), random_state=0)
    return train(net, X, y, loss="half_squared_error", max_iter=4, random_state=0, **options)


@pytest.mark.parametrize("options", [{}, {"validation": (X, y)}, {"solver": LBFGS()}], ids=str)
def test_one_row_an_epoch(options):
    history = learnt(**options)
    assert len(history) == 4
    np.testing.assert_array_equal(history.epoch, [1, 2, 3, 4])
    for name, column in history.columns().items():
        assert column.shape == (4,), name
    assert (history.seconds > 0).all()
    assert ("validation_score" in history.columns()) == ("validation" in options)


def test_frozen():
    history = learnt(validation=(X, y))
    with pytest.raises(FrozenInstanceError):
        history.loss = np.zeros(4)
    for column in (history.loss, history.validation_score, history.learning_rate, history.seconds):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_a_data_frame():
    frame = learnt(validation=(X, y)).to_frame()
    assert list(frame.columns) == ["loss", "validation_score", "learning_rate", "seconds"]
    assert list(frame.index) == [1, 2, 3, 4]
    assert frame.index.name == "epoch"
    history = learnt(solver=Adam(0.5))
    frame = history.to_frame()
    assert list(frame.columns) == ["loss", "learning_rate", "seconds"]
    np.testing.assert_array_equal(frame["loss"], history.loss)
    assert set(frame["learning_rate"]) == {0.5}
    frame.loc[1, "loss"] = 0.0  # a frame of one's own
    assert history.loss[0] != 0


def test_without_pandas_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[cli\]'"):
        learnt().to_frame()


def test_repr():
    history = History(np.array([2.0, 0.5]), None, np.full(2, 0.1), np.array([0.25, 0.75]), "max_iter")
    assert repr(history) == "History: 2 epochs in 1 s, loss 0.5 (max_iter)"
    scored = History(
        history.loss, np.array([-3.0, -0.125]), history.learning_rate, history.seconds, "callback"
    )
    assert repr(scored) == "History: 2 epochs in 1 s, loss 0.5, validation score -0.125 (callback)"
    empty = np.empty(0)
    assert repr(History(empty, None, empty, empty)) == "History: no epochs"
    assert len(History(empty, None, empty, empty)) == 0


def test_plot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    display = learnt(validation=(X, y)).plot(ax=ax)
    assert type(display).__name__ == "HistoryDisplay"
    assert ax.lines
    plt.close("all")


def test_the_arrays_it_is_made_from_stay_the_callers():
    loss, rate, seconds = np.array([2.0, 1.0]), np.full(2, 0.1), [0.5, 0.25]
    history = History(loss, None, rate, seconds, damping=loss)
    loss[0] = 7.0
    assert loss.flags.writeable and rate.flags.writeable
    np.testing.assert_array_equal(history.loss, [2.0, 1.0])
    np.testing.assert_array_equal(history.damping, [2.0, 1.0])
    np.testing.assert_array_equal(history.seconds, [0.5, 0.25])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda history: pickle.loads(pickle.dumps(history))])
def test_its_columns_cannot_be_written_to_in_a_copy_either(copied):
    history = copied(History(np.ones(3), np.ones(3), np.ones(3), np.ones(3), damping=np.ones(3)))
    for column in (history.loss, history.validation_score, history.damping):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 2.0
