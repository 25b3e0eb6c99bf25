"""A fit that ends in the middle, and goes on from its checkpoint: everything is as if it had never ended."""

import errno
import os
import warnings
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

import chainrule.training._recorder as recorder_module
from chainrule import LBFGS, SGD, Adam, Checkpoint, LevenbergMarquardt, Network, train
from chainrule._archive import read_archive, write_archive
from chainrule.training import TrainingState, read_checkpoint
from chainrule.training.solvers import _lbfgs

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (80, 3))
y = np.sin(3 * X[:, 0]) * X[:, 1] + 0.1 * RNG.normal(size=80)
HELD = {"validation": (X[:20], y[:20])}
LM = {"alpha": 1e-3, "max_iter": 10}

RUNS = {
    "adam": {"solver": Adam(0.02), "max_iter": 8, "tol": 0},
    "unshuffled": {"solver": Adam(0.02), "max_iter": 5, "tol": 0, "shuffle": False},
    "stopped early": {"solver": Adam(0.02, schedule="cosine"), "max_iter": 60, "n_iter_no_change": 3} | HELD,
    "sgd": {
        "solver": SGD(0.05, learning_rate="adaptive"),
        "max_iter": 30,
        "n_iter_no_change": 2,
        "tol": 1e-2,
    },
    "invscaling": {"solver": SGD(0.05, learning_rate="invscaling"), "max_iter": 5, "tol": 0},
    "lbfgs": {"solver": LBFGS(), "max_iter": 14},
    "lm": {"solver": LevenbergMarquardt()} | LM,
    "lm, validated": {"solver": LevenbergMarquardt(method="dual")} | LM | HELD,
    "lm by conjugate gradients": {"solver": LevenbergMarquardt(method="cg")} | LM,
    "weighted": {"solver": Adam(0.02), "max_iter": 4, "sample_weight": np.linspace(0.5, 2, 80), "tol": 0},
}
EVERY = pytest.mark.parametrize("name", RUNS)
SOLVERS = pytest.mark.parametrize("name", ["adam", "sgd", "lbfgs", "lm"])


def network(seed=0, dtype=np.float64):
    return Network((3, 6, 1), "tanh", dtype=dtype, random_state=seed)


def learn(settings, interrupted_at=None, told=None, seed=0, dtype=np.float64, rows=(X, y), **files):
    def hook(report):
        if told is not None:
            told.append(report.epoch)
        if report.epoch == interrupted_at:
            raise KeyboardInterrupt

    net = network(seed, dtype)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Training interrupted|.*onverge|.*evidence was still")
        options = {"loss": "half_squared_error", "on_epoch": [hook], "random_state": 3} | settings
        history = train(net, *rows, **options, **files)
    return net, history


def assert_same(one, other):
    (net, history), (other_net, other_history) = one, other
    np.testing.assert_array_equal(net.parameters, other_net.parameters)
    assert history.stop_reason == other_history.stop_reason
    others = other_history.columns()
    for name, column in history.columns().items():
        assert name == "seconds" or np.array_equal(column, others[name], equal_nan=True), name


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


@EVERY
def test_it_goes_on_from_any_epoch_as_if_it_had_never_ended(name, path):
    whole = learn(RUNS[name])
    epochs = len(whole[1])
    for epoch in range(1, epochs + 1) if epochs < 12 else (1, 2, epochs // 2, epochs - 1, epochs):
        path.unlink(missing_ok=True)
        learn(RUNS[name], interrupted_at=epoch, checkpoint=path)
        told = []
        assert_same(learn(RUNS[name], told=told, seed=1, resume=path), whole)
        assert told == [*range(epoch, epochs + 1)]  # hooks count on, and hear of no epoch again that was over


@pytest.fixture(scope="module")
def searched():
    settings = {"solver": LevenbergMarquardt(), "alpha": "bayes", "max_iter": 120}
    return settings, learn(settings)


@pytest.mark.parametrize("epoch", [2, 31, 33, 60, -30, -1])
def test_the_search_for_the_evidence_goes_on(epoch, path, searched):
    settings, whole = searched
    learn(settings, interrupted_at=epoch % len(whole[1]), checkpoint=path)
    assert_same(learn(settings, seed=1, resume=path), whole)


def test_the_best_score_stays_that_of_the_search_s_end(path):
    """The score where the search ends counts once: not again, with all scores after it forgotten."""
    settings = {
        "solver": LevenbergMarquardt(),
        "alpha": "bayes",
        "max_iter": 120,
        "n_iter_no_change": 99,
    } | HELD
    given = {"rows": (X[20:], y[20:]), "seed": 3}
    whole = learn(settings, **given)
    learn(settings, interrupted_at=110, checkpoint=path, **given)
    assert_same(learn(settings, resume=path, **given), whole)


def test_what_is_restored_is_a_copy():
    """Another member may write the checkpoint anew before this one has come to the end of an epoch."""
    net, state = network(), TrainingState()
    state.settings, state.moments, state.best_parameters = np.ones(7), np.ones(5), net.parameters.copy()
    kept = state.snapshot().settled()
    other = TrainingState()
    other.restore(kept, net.parameters, None)
    for name in ("settings", "moments", "best_parameters"):
        assert not np.shares_memory(getattr(other, name), kept.array(name))
        np.testing.assert_array_equal(getattr(other, name), getattr(state, name))


@SOLVERS
def test_it_may_end_again_and_again(name, path):
    whole, told = learn(RUNS[name]), []
    for epoch in range(1, len(whole[1]) + 1):
        learn(RUNS[name], epoch, told, checkpoint=Checkpoint(path, epochs=1), resume=path)
    assert_same(learn(RUNS[name], checkpoint=path, resume=path), whole)
    assert set(told) == {*range(1, len(whole[1]) + 1)}


def test_float32(path):
    whole = learn(RUNS["lbfgs"], dtype=np.float32)
    learn(RUNS["lbfgs"], interrupted_at=6, checkpoint=path, dtype=np.float32)
    assert_same(learn(RUNS["lbfgs"], resume=path, dtype=np.float32), whole)


def test_rows_in_columns_order_and_sparse_ones_are_digested_where_they_lie(path):
    sparse = pytest.importorskip("scipy.sparse")
    for rows in (np.asfortranarray(X), sparse.csr_array(X)):
        whole = learn(RUNS["adam"], rows=(rows, y))
        learn(RUNS["adam"], interrupted_at=3, checkpoint=path, rows=(rows, y))
        assert_same(learn(RUNS["adam"], resume=path, rows=(rows, y)), whole)
        path.unlink()


@SOLVERS
def test_a_fit_that_had_ended_is_there_at_once(name, path):
    whole = learn(RUNS[name], checkpoint=path)
    told = []
    assert_same(learn(RUNS[name], told=told, seed=1, resume=path, checkpoint=path), whole)
    assert not told
    assert read_checkpoint(path).finished


def test_a_hook_that_stops_ends_the_fit(path):
    settings = RUNS["adam"] | {"on_epoch": [lambda report: report.epoch == 3]}
    whole = learn(settings, checkpoint=path)
    assert whole[1].stop_reason == "callback"
    assert_same(learn(settings, resume=path), whole)


def test_what_a_hook_raises_leaves_a_checkpoint(path):
    def fail(report):
        if report.epoch == 4:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        learn(RUNS["adam"] | {"on_epoch": [fail]}, checkpoint=path)
    assert read_checkpoint(path).epochs == 3
    assert_same(learn(RUNS["adam"], resume=path), learn(RUNS["adam"]))


def test_a_generator_of_ones_own_is_left_as_by_a_fit_that_never_ended(path):
    ends = []
    for interrupted, files in ((None, {}), (3, {"checkpoint": path}), (None, {"resume": path})):
        random = np.random.RandomState(7)
        net, _ = learn(RUNS["adam"] | {"random_state": random}, interrupted, **files)
        ends.append((net.parameters, random.random_sample()))
    np.testing.assert_array_equal(ends[0][0], ends[2][0])
    assert ends[0][1] == ends[2][1]


def test_draws_of_no_seed_go_on(path):
    """Without a seed nobody could draw the same again: the checkpoint of the beginning has it."""
    settings = RUNS["adam"] | {"random_state": None}
    learn(settings, interrupted_at=1, checkpoint=path)
    assert read_checkpoint(path).epochs == 0
    ends = [learn(settings, seed=seed, resume=path)[0].parameters for seed in (0, 1)]
    np.testing.assert_array_equal(*ends)


def test_another_generator_is_refused_before_learning(path):
    random = np.random.RandomState(np.random.PCG64(0))
    with pytest.raises(ValueError, match="MT19937, NumPy's usual one, not of PCG64"):
        learn(RUNS["adam"] | {"random_state": random}, checkpoint=path)


def test_it_goes_on_in_another_file(path):
    learn(RUNS["lbfgs"], interrupted_at=4, checkpoint=path)
    before, other = path.read_bytes(), path.with_name("other.ckpt")
    learn(RUNS["lbfgs"], interrupted_at=9, resume=path, checkpoint=other)
    assert path.read_bytes() == before
    assert (read_checkpoint(path).epochs, read_checkpoint(other).epochs) == (3, 8)
    assert_same(learn(RUNS["lbfgs"], resume=other), learn(RUNS["lbfgs"]))


def test_resuming_without_writing_leaves_the_file_alone(path):
    learn(RUNS["lbfgs"], interrupted_at=4, checkpoint=path)
    before = path.read_bytes()
    learn(RUNS["lbfgs"], resume=path)
    assert path.read_bytes() == before


# How often it is written


@pytest.mark.parametrize(("given", "times"), [({"epochs": 1}, 10), ({"epochs": 3}, 4), ({}, 2)])
def test_it_is_written_as_often_as_asked_for(given, times, path, monkeypatch):
    """At the beginning, at epochs of which there are eight, and at the end, which says that it is one."""
    written, write = [], recorder_module.write_checkpoint
    monkeypatch.setattr(recorder_module, "write_checkpoint", lambda *a: (written.append(a), write(*a)))
    learn(RUNS["adam"], checkpoint=Checkpoint(path, **given))
    assert len(written) == times


def test_seconds_are_counted_from_the_last_time(path, monkeypatch):
    now, written, write = [0.0], [], recorder_module.write_checkpoint
    monkeypatch.setattr(recorder_module.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(recorder_module, "write_checkpoint", lambda *a: (written.append(now[0]), write(*a)))

    def tick(report):
        now[0] += 10.0

    learn(RUNS["adam"] | {"on_epoch": [tick]}, checkpoint=path)
    assert written == [0.0, 30.0, 60.0, 80.0]


def test_what_takes_long_to_write_is_written_seldom(path, monkeypatch):
    """The log of L-BFGS grows: writing takes no more than a twentieth of the time."""
    now, written, write = [0.0], [], recorder_module.write_checkpoint

    def slowly(*given):
        written.append(now[0])
        now[0] += 2.0
        write(*given)

    def tick(report):
        now[0] += 10.0

    monkeypatch.setattr(recorder_module.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(recorder_module, "write_checkpoint", slowly)
    learn(RUNS["lbfgs"] | {"on_epoch": [tick]}, checkpoint=Checkpoint(path, epochs=1))
    assert written[:4] == [0.0, 42.0, 84.0, 126.0]


# What is refused


def refused(message, settings, path, **given):
    with pytest.raises(ValueError, match=message) as raised:
        learn(settings, resume=path, **given)
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)


OTHERS = {
    "max_iter was 8 there and is 9 here": {"max_iter": 9},
    "solver was": {"solver": Adam(0.03)},
    "random_state was 3 there and is 4": {"random_state": 4},
    "alpha was 0.0 there and is 0.1": {"alpha": 0.1},
    "loss was": {"loss": "huber"},
}


@pytest.mark.parametrize("message", OTHERS)
def test_another_model_is_refused(message, path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    refused(f"another model: {message}", RUNS["adam"] | OTHERS[message], path)


def test_another_network_is_refused(path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    with pytest.raises(ValueError, match=r"layer_sizes was \[3, 6, 1\] there and is \[3, 7, 1\] here"):
        train(Network((3, 7, 1), "tanh"), X, y, loss="half_squared_error", resume=path)
    refused("dtype was 'float64' there and is 'float32' here", RUNS["adam"], path, dtype=np.float32)


CHANGED = X.copy()
CHANGED[40, 1] = np.nextafter(CHANGED[40, 1], 2)


@pytest.mark.parametrize(
    ("what", "rows", "more"),
    [
        ("X is not the same", (CHANGED, y), {}),
        ("X is not the same", (X[::-1], y), {}),
        ("y is not the same", (X, y[::-1]), {}),
        ("sample_weight is not given there", (X, y), {"sample_weight": np.ones(80)}),
        ("validation is not given there", (X, y), HELD),
    ],
)
def test_other_data_are_refused(what, rows, more, path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    refused(f"other data: {what}", RUNS["adam"] | more, path, rows=rows)


def test_another_version_of_scipy_is_refused(path, monkeypatch):
    learn(RUNS["lbfgs"], interrupted_at=5, checkpoint=path)
    monkeypatch.setattr("scipy.__version__", "9.9.9")
    refused("L-BFGS goes on with the same version only", RUNS["lbfgs"], path)


def test_lbfgs_that_goes_elsewhere_is_refused(path, monkeypatch):
    """As on another processor: the same values and gradients, and another step."""
    learn(RUNS["lbfgs"], interrupted_at=5, checkpoint=path)
    minimize = _lbfgs.minimize
    monkeypatch.setattr(_lbfgs, "minimize", lambda f, x, **given: minimize(f, 1.0001 * x, **given))
    refused("goes elsewhere than where it was written", RUNS["lbfgs"], path)


def test_another_version_of_ours_is_said(path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    changed(path, lambda header: header["versions"].update(chainrule="0.0.1"))
    with pytest.warns(UserWarning, match=r"written by chainrule 0\.0\.1, and this is .* last digits"):
        learn(RUNS["adam"], resume=path)


def changed(path, change):
    """Write the checkpoint anew with another header, digests and all."""
    archive = read_archive(path, "chainrule checkpoint", 1)
    header = dict(archive.header)
    change(header)
    members = {name: archive.bytes(name) for name in archive.sizes}
    write_archive(path, "chainrule checkpoint", 1, header, members)


def test_a_later_format_is_refused(path):
    write_archive(path, "chainrule checkpoint", 2, {"versions": {"chainrule": "9.0"}}, {})
    with pytest.raises(ValueError, match=r"written by chainrule 9\.0"):
        learn(RUNS["adam"], resume=path)


@pytest.mark.parametrize("every", [50, pytest.param(1, marks=pytest.mark.slow)])
def test_every_flipped_byte_is_refused(every, path):
    learn(RUNS["lbfgs"], interrupted_at=3, checkpoint=path)
    whole = path.read_bytes()
    for place in range(0, len(whole), every):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(ValueError) as raised:
            read_checkpoint(path)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("length", [0, 1, 100, 1000, -1, -100])
def test_a_file_that_ends_too_soon_is_refused(length, path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"run\.ckpt"):
        learn(RUNS["adam"], resume=path)


WRONG = {
    "a value is missing": lambda header: header["runs"]["0"].pop("state/n_iter"),
    "a number is a text": lambda header: header["runs"]["0"].update({"state/n_iter": "3"}),
    "a number is negative": lambda header: header["runs"]["0"].update({"state/samples_seen": -1}),
    "a float is none": lambda header: header["runs"]["0"].update({"state/best_loss": "0.5x"}),
    "no generator is at such a place": lambda header: header["runs"]["0"].update(
        {"solver/orders/random/position": 10**6}
    ),
    "there are no runs": lambda header: header.update(runs=None),
    "there is no version": lambda header: header.update(versions={}),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_header_that_holds_something_else_is_refused(what, path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    changed(path, WRONG[what])
    refused("is damaged", RUNS["adam"], path)


def test_an_order_that_points_outside_is_refused(path):
    """Kernels do not look."""
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    archive = read_archive(path, "chainrule checkpoint", 1)
    members = {name: archive.array(name).copy() for name in archive.sizes}
    members["0/solver/orders/order/rows.npy"][5] = 10**9
    write_archive(path, "chainrule checkpoint", 1, archive.header, members)
    refused("'order' does not fit", RUNS["adam"], path)


@pytest.mark.parametrize("given", [3, b"run.ckpt", ["run.ckpt"], True, ""])
def test_what_is_no_path(given):
    for name in ("checkpoint", "resume"):
        with pytest.raises(TypeError, match=f"{name} must be|path of a Checkpoint must be"):
            learn(RUNS["adam"], **{name: given})


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"path": ""}, TypeError),
        ({"path": 3}, TypeError),
        ({"path": "a", "epochs": 0}, ValueError),
        ({"path": "a", "epochs": 1.5}, ValueError),
        ({"path": "a", "epochs": float("inf")}, ValueError),
        ({"path": "a", "epochs": "1"}, TypeError),
        ({"path": "a", "seconds": 0}, ValueError),
        ({"path": "a", "seconds": -1.0}, ValueError),
        ({"path": "a", "seconds": float("nan")}, ValueError),
        ({"path": "a", "epochs": 1, "seconds": 1.0}, ValueError),
    ],
)
def test_what_is_no_checkpoint(given, error):
    with pytest.raises(error):
        Checkpoint(**given)


# Files that are there already, or cannot be written


def test_a_file_that_is_no_checkpoint_is_not_overwritten(path):
    path.write_text("the only copy of my thesis")
    with pytest.raises(ValueError, match="would overwrite a file that is no checkpoint"):
        learn(RUNS["adam"], checkpoint=path)
    assert path.read_text() == "the only copy of my thesis"


def test_a_checkpoint_of_what_had_ended_is_overwritten(path):
    learn(RUNS["adam"], checkpoint=path)
    learn(RUNS["sgd"], checkpoint=path)
    assert_same(learn(RUNS["sgd"], resume=path), learn(RUNS["sgd"]))


def test_of_one_that_had_not_ended_it_is_said(path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    with pytest.warns(UserWarning, match="had not come to its end") as said:
        train(network(), X, y, loss="half_squared_error", max_iter=1, tol=0, checkpoint=path)
    assert said[0].filename == __file__  # it points at the caller's line


def test_one_that_is_not_there_is_begun_only_where_it_is_to_be_written(path):
    with pytest.raises(FileNotFoundError, match=r"cannot read .*run\.ckpt: No such file"):
        learn(RUNS["adam"], resume=path)
    assert_same(learn(RUNS["adam"], checkpoint=path, resume=path), learn(RUNS["adam"]))


def test_a_null_character_in_a_path_is_said_with_the_path():
    for name, deed in (("checkpoint", "write"), ("resume", "read")):
        with pytest.raises(ValueError, match=rf"cannot {deed} 'run\\x00.ckpt': a path holds no null"):
            learn(RUNS["adam"], **{name: "run\0.ckpt"})


def test_a_folder(tmp_path):
    for name in ("checkpoint", "resume"):
        with pytest.raises(IsADirectoryError, match="it is a folder"):
            learn(RUNS["adam"], **{name: tmp_path})


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_said_before_learning(tmp_path):
    tmp_path.chmod(0o500)
    told = []
    with pytest.raises(PermissionError, match=r"cannot write .*run\.ckpt: Permission denied"):
        learn(RUNS["adam"], told=told, checkpoint=tmp_path / "run.ckpt")
    tmp_path.chmod(0o700)
    assert not told


def test_a_folder_that_is_not_there_is_said_before_learning(tmp_path):
    told = []
    with pytest.raises(NotADirectoryError, match="there is no folder"):
        learn(RUNS["adam"], told=told, checkpoint=tmp_path / "no" / "run.ckpt")
    assert not told


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_space_at_the_beginning_is_said_before_learning(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    told = []
    with pytest.raises(OSError, match=r"cannot write .*run\.ckpt: No space left on device"):
        learn(RUNS["adam"], told=told, checkpoint=path)
    assert not told
    assert not [*path.parent.iterdir()]


@SOLVERS
def test_no_space_later_loses_neither_the_fit_nor_the_last_checkpoint(name, path, monkeypatch):
    whole, told = learn(RUNS[name]), []

    def fill(report):
        told.append(report.epoch)
        if report.epoch == 4:
            monkeypatch.setattr(os, "fsync", full)

    with pytest.warns(
        UserWarning, match="no checkpoint was written, and learning goes on: cannot write"
    ) as said:
        ended = learn(RUNS[name] | {"on_epoch": [fill]}, checkpoint=Checkpoint(path, epochs=1))
    assert len(said) == 1
    assert_same(ended, whole)
    assert told == [*range(1, len(whole[1]) + 1)]
    monkeypatch.undo()
    assert read_checkpoint(path).epochs == 3
    assert_same(learn(RUNS[name], resume=path), whole)
    assert [*path.parent.iterdir()] == [path]


def test_a_log_beyond_the_memory_is_given_up_and_said(path, monkeypatch):
    monkeypatch.setattr(_lbfgs, "as_bytes", lambda _: 2000)
    with pytest.warns(UserWarning, match="the log of L-BFGS takes .* no more checkpoints"):
        ended = learn(RUNS["lbfgs"], checkpoint=Checkpoint(path, epochs=1))
    monkeypatch.undo()
    assert_same(ended, learn(RUNS["lbfgs"]))


# Ctrl-C at the worst moments


class Interrupting:
    """Stands for a function that Ctrl-C interrupts in its n-th call, before or after it has done its work."""

    def __init__(self, function, call, after):
        self._function, self._call, self._after, self.calls = function, call, after, 0

    def __call__(self, *given, **named):
        self.calls += 1
        if self.calls == self._call and not self._after:
            raise KeyboardInterrupt
        result = self._function(*given, **named)
        if self.calls == self._call and self._after:
            raise KeyboardInterrupt
        return result


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(35, 45))
def test_ctrl_c_while_a_snapshot_is_taken(call, after, path, monkeypatch):
    """Arrays are copied one after the other: what is written is of one epoch, never of two."""
    whole = learn(RUNS["stopped early"])
    copy = Interrupting(np.copyto, call, after)
    monkeypatch.setattr(recorder_module.np, "copyto", copy)
    with suppress(KeyboardInterrupt):  # learning had ended before it came
        learn(RUNS["stopped early"], checkpoint=path)
    assert copy.calls >= call
    monkeypatch.undo()
    assert not read_checkpoint(path).finished
    assert_same(learn(RUNS["stopped early"], resume=path), whole)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("what", ["fsync", "replace"])
def test_ctrl_c_while_it_is_written(what, after, path, monkeypatch):
    whole = learn(RUNS["adam"])
    monkeypatch.setattr(os, what, Interrupting(getattr(os, what), 3, after))
    learn(RUNS["adam"], checkpoint=Checkpoint(path, epochs=1))
    monkeypatch.undo()
    assert_same(learn(RUNS["adam"], resume=path), whole)
    assert [*path.parent.iterdir()] == [path]


def test_the_time_of_before_counts(path):
    learn(RUNS["adam"], interrupted_at=3, checkpoint=path)
    found = read_checkpoint(path)
    assert 0 < found.seconds < 1e4
    later = replace(found, seconds=1000.0)
    assert recorder_module.Recorder(None, later.identity, later).seconds >= 1000.0
