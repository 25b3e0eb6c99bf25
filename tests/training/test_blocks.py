"""Rows that do not fit in memory: the same leaves as from memory, each group read once, within the budget."""

import gc
import os
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from chainrule.network import Inputs, Network
from chainrule.network._team import Team
from chainrule.training import QUESTIONS, Blocks, Draw, Evaluator, InMemory
from peak_memory import arrays_at_peak
from sweeps import examples

D, P = 3, 2


@dataclass
class Group:
    """Rows of a table that is in memory, which counts how often they are loaded."""

    name: str
    X: np.ndarray
    Y: np.ndarray
    weights: np.ndarray
    loads: list[str] = field(default_factory=list)

    @property
    def n_rows(self) -> int:
        return len(self.X)

    def load(self):
        self.loads.append(threading.current_thread().name)
        return self.X.copy(), self.Y.copy(), self.weights.copy()


def groups_of(sizes, dtype="float64", weighted=False):
    random = np.random.default_rng(len(sizes))
    groups = []
    for place, n in enumerate(sizes):
        X, Y = random.normal(size=(n, D)).astype(dtype), random.normal(size=(n, P)).astype(dtype)
        weights = random.random(n if weighted else 0).astype(dtype)
        groups.append(Group(f"sales.parquet, row group {place}", X, Y, weights))
    return groups


def blocks_of(groups, leaf_rows=4, dtype="float64", **options):
    return Blocks(groups, (D, P), dtype, leaf_rows, **options)


def in_memory(groups, leaf_rows):
    """The leaves of each group after those of the one before."""
    leaves = []
    for group in groups:
        source = InMemory(Inputs.of(group.X, group.X.dtype), group.Y, group.weights, leaf_rows)
        leaves += [leaf for _, leaf in source.leaves(range(source.n_leaves))]
    return leaves


def bits(leaf):
    arrays = leaf.inputs.dense, leaf.Y, leaf.weights, leaf.rows
    return [(array.shape, array.dtype, array.tobytes()) for array in arrays]


def loads(groups):
    return [len(group.loads) for group in groups]


def reading_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("chainrule-reading")]


SIZES = st.lists(st.integers(0, 30), max_size=8)
BUDGETS = st.integers(0, 4000)


@settings(max_examples=examples(60), deadline=None)
@given(
    SIZES, st.integers(1, 12), BUDGETS, st.sampled_from(["auto", False]),
    st.sampled_from(["float32", "float64"]), st.booleans(), st.randoms(use_true_random=False),
)  # fmt: skip
def test_leaves_are_those_from_memory(sizes, leaf_rows, more, cache, dtype, weighted, random):
    """Whatever the groups, the leaves, the budget: to the bit, in each pass, and each group is read once."""
    groups = groups_of(sizes, dtype, weighted)
    largest = max([0, *sizes]) * (D + P + weighted) * np.dtype(dtype).itemsize
    options = {"weighted": weighted, "max_memory": max(1, 3 * largest + more), "cache": cache}
    truth = in_memory(groups, leaf_rows)
    with blocks_of(groups, leaf_rows, dtype, **options) as blocks:
        assert (blocks.n_rows, blocks.n_leaves) == (sum(sizes), len(truth))
        for once in range(1, 4):
            found = dict(blocks.leaves(range(len(truth))))
            assert [bits(found[number]) for number in range(len(truth))] == [bits(leaf) for leaf in truth]
            assert loads(groups) == [0 if not n else once if cache is False else 1 for n in sizes]
        order = random.sample(range(len(truth)), random.randint(0, len(truth)))
        again = [(number, bits(leaf)) for number, leaf in blocks.leaves(order)]
        assert again == [(number, bits(truth[number])) for number in order]


@settings(max_examples=examples(30), deadline=None)
@given(SIZES, st.integers(1, 12), st.integers(1, 3), st.sampled_from(["auto", False]))
def test_who_owns_some_leaves_reads_their_groups_only(sizes, leaf_rows, n_owners, cache):
    groups = groups_of(sizes)
    truth = in_memory(groups, leaf_rows)
    starts = np.cumsum([0, *(-(-n // leaf_rows) for n in sizes)])
    for owner in range(n_owners):
        mine = range(owner, len(truth), n_owners)
        for group in groups:
            group.loads.clear()
        with blocks_of(groups, leaf_rows, max_memory=2**20, cache=cache) as blocks:
            found = [(number, bits(leaf)) for number, leaf in blocks.leaves(mine)]
        assert found == [(number, bits(truth[number])) for number in mine]
        concerned = [int(any(start <= number < stop for number in mine)) for start, stop in pairwise(starts)]
        assert loads(groups) == concerned


def test_threads_ask_in_turn():
    """The iterator is made in another thread than those that go on with it."""
    groups, lock, found, wrong = groups_of([40, 3, 25, 60]), threading.Lock(), {}, []
    with blocks_of(groups, 2, max_memory=10_000) as blocks:
        for _ in range(2):
            found.clear()
            leaves = blocks.leaves(range(blocks.n_leaves))

            def share(leaves=leaves):
                try:
                    while True:
                        with lock:
                            number, leaf = next(leaves, (None, None))
                        if number is None:
                            return
                        found[number] = bits(leaf)
                except BaseException as error:
                    wrong.append(error)

            threads = [threading.Thread(target=share) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            truth = [bits(leaf) for leaf in in_memory(groups, 2)]
            assert not wrong and [found[number] for number in range(len(truth))] == truth
    assert not reading_threads()


def test_the_next_group_is_loaded_while_one_is_used():
    """In one thread, which is not the one that asks; also if a group has but one leaf."""
    groups, begun = groups_of([8, 8, 8]), [threading.Event() for _ in range(4)]
    begun[3].set()  # after the last
    for group, event in zip(groups, begun, strict=False):
        group.load = lambda group=group, event=event: (event.set(), Group.load(group))[1]
    for leaf_rows in (8, 4):
        with blocks_of(groups, leaf_rows, cache=False) as blocks:
            for number, _ in blocks.leaves(range(blocks.n_leaves)):
                if number % (8 // leaf_rows) == 8 // leaf_rows - 1:
                    assert begun[number * leaf_rows // 8 + 1].wait(600)
        for event in begun[:3]:
            event.clear()
    names = {name for group in groups for name in group.loads}
    assert len(names) == 1 and names != {threading.current_thread().name}


def test_what_is_kept_is_not_copied():
    groups = groups_of([6, 6])
    with blocks_of(groups, 3, max_memory=2**20) as blocks:
        first, second = dict(blocks.leaves([0, 1])), dict(blocks.leaves([0, 1]))
        assert np.shares_memory(first[1].inputs.dense, second[1].inputs.dense)
        assert first[0].Y.base is second[1].Y.base


N, GROUPS = 20_000, 12
SIZE = N * (D + P) * 8
SLACK = 60_000  # of threads, futures and leaves


@dataclass
class Made:
    """A group that is made when it is loaded, out of columns, and says when that has been done."""

    name: str
    done: threading.Event
    n_rows: int = N

    def load(self):
        columns = np.ones((D + P, N))
        arrays = columns[:D].T.copy(), columns[D:].T.copy(), np.empty(0)
        self.done.set()
        return arrays


@pytest.mark.parametrize(("cache", "budget"), [("auto", 7.5), ("auto", 3), ("auto", 30), (False, 3)])
def test_memory_stays_within_the_budget(cache, budget):
    """Three groups, those that are kept beside them, and at no moment more than max_memory; in each pass."""
    groups = [Made(f"group {place}", threading.Event()) for place in range(GROUPS)]
    kept = min(int(min(0.6 * budget, budget - 3)), GROUPS) if cache else 0

    def learn():
        with blocks_of(groups, 1000, max_memory=int(budget * SIZE), cache=cache) as blocks:
            for once in range(2):
                for number, _leaf in blocks.leaves(range(blocks.n_leaves)):
                    group, place = divmod(number, N // 1000)
                    if place == 2 and group + 1 < GROUPS and (cache is False or not once):
                        groups[group + 1].done.wait(600)  # at its worst: the next one is there
                for group in groups:
                    group.done.clear()

    peak, _ = arrays_at_peak(learn)
    assert kept * SIZE < peak <= (kept + 3) * SIZE + SLACK
    assert peak <= budget * SIZE + SLACK


def test_a_group_that_is_too_large_is_refused_before_anything_is_read():
    groups = groups_of([5, 30, 10])
    with pytest.raises(ValueError) as refused:
        blocks_of(groups, max_memory=3 * 30 * 40 - 1)
    assert str(refused.value) == (
        "sales.parquet, row group 1: 30 rows are 1.17 KiB in memory, and three such groups are held at once: "
        "max_memory must be at least 3.52 KiB, got 3.51 KiB; or write a Parquet file in smaller row groups"
    )
    assert loads(groups) == [0, 0, 0]
    blocks_of(groups, max_memory=3 * 30 * 40).close()


def with_cell(array, place, value):
    array = array.copy()
    array[place] = value
    return array


WRONG = {
    "rows": (lambda X, Y, w: (X[:-1], Y[:-1], w[:-1]), "inputs have the shape (5, 3); announced were (6, 3)"),
    "columns": (lambda X, Y, w: (X[:, :2], Y, w), "inputs have the shape (6, 2); announced were (6, 3)"),
    "targets": (lambda X, Y, w: (X, Y[:, 0], w), "targets have the shape (6,); announced were (6, 2)"),
    "weights": (lambda X, Y, w: (X, Y, w[:0]), "weights have the shape (0,); announced were (6,)"),
    "infinite": (
        lambda X, Y, w: (with_cell(X, (4, 1), np.inf), Y, w),
        "inputs hold inf in row 4, column 1 (from 0); all must be finite",
    ),
    "negative": (
        lambda X, Y, w: (X, with_cell(Y, (0, 1), -np.inf), w),
        "targets hold -inf in row 0, column 1 (from 0); all must be finite",
    ),
    "NaN": (
        lambda X, Y, w: (X, Y, with_cell(w, 5, np.nan)),
        "weights hold nan in row 5 (from 0); all must be finite",
    ),
    "type": (lambda X, Y, w: (X, Y.astype("float32"), w), "targets are float32; the network's are float64"),
    "order": (
        lambda X, Y, w: (np.asfortranarray(X), Y, w),
        "inputs are not in C order, one row after the other",
    ),
}


@pytest.mark.parametrize("cache", ["auto", False])
@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_a_group_that_is_not_what_was_announced_is_named(change, said, cache):
    groups = groups_of([6, 6, 6], weighted=True)
    groups[1].load = lambda: change(*Group.load(groups[1]))
    with blocks_of(groups, 3, weighted=True, cache=cache) as blocks:
        for _ in range(2):  # nothing of it is kept
            found = []
            with pytest.raises(ValueError) as raised:
                found.extend(number for number, _ in blocks.leaves(range(6)))
            assert str(raised.value) == f"sales.parquet, row group 1: {said}"
            assert len(found) <= 2
            assert not reading_threads()


def test_sparse_rows_are_refused():
    groups = groups_of([6])
    groups[0].load = lambda: (csr_array(groups[0].X), groups[0].Y, groups[0].weights)
    with blocks_of(groups) as blocks, pytest.raises(TypeError) as raised:
        list(blocks.leaves([0]))
    assert str(raised.value) == (
        "sales.parquet, row group 0: inputs are sparse; rows that are read in groups must be dense arrays"
    )


REFUSED = {
    "rows of a leaf": ({"leaf_rows": 0}, "leaf_rows must be at least 1, got 0"),
    "cache": ({"cache": "disk"}, "cache must be \"auto\" or False, got 'disk'"),
    "memory": ({"max_memory": "much"}, "max_memory is 'much'"),
}


@pytest.mark.parametrize(("options", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_accepted_is_said(options, said):
    with pytest.raises(ValueError, match="^" + said):
        blocks_of(groups_of([6]), **options)


@pytest.mark.parametrize("numbers", [[3], [-1], [0, 7]])
def test_leaves_that_are_not_there_are_refused(numbers):
    with blocks_of(groups_of([6, 3])) as blocks, pytest.raises(ValueError, match=r"asked for; there are 3$"):
        list(blocks.leaves(numbers))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NotADirectoryError, match=r"^cannot write rows to .*there: there is no such folder$"):
        blocks_of(groups_of([6]), directory=tmp_path / "there")


def test_nothing_is_read_of_a_source_that_is_closed():
    with blocks_of(groups_of([6, 6])) as blocks:
        leaves = blocks.leaves(range(blocks.n_leaves))
        next(leaves)
    for asked in (leaves, blocks.leaves([0])):
        with pytest.raises(ValueError, match=r"^the source of these rows has been closed$"):
            list(asked)
    assert not reading_threads()


def test_what_is_loaded_when_a_source_is_closed_is_not_written():
    groups, begun, closed = groups_of([8, 8]), threading.Event(), threading.Event()
    groups[1].load = lambda: (begun.set(), closed.wait(600), Group.load(groups[1]))[2]
    with blocks_of(groups, 4, **NO_ROOM) as blocks:
        leaves = blocks.leaves(range(4))
        next(leaves)
        next(leaves)
        assert begun.wait(600)
    closed.set()
    leaves.close()
    assert loads(groups) == [1, 1] and raw_file(blocks) is None


def raw_file(blocks):
    return blocks._cache._file._file


NO_ROOM = {"max_memory": 3 * 8 * (D + P) * 8}  # for groups of 8 rows: none is kept


@contextmanager
def files_no_longer_than(size):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_in_one_line(tmp_path):
    """What was half written is not taken for a group: when there is room again, all leaves are right."""
    groups = groups_of([8, 8, 8])
    truth = [bits(leaf) for leaf in in_memory(groups, 4)]
    with blocks_of(groups, 4, directory=tmp_path, **NO_ROOM) as blocks:
        # Room for the first group and all but 20 bytes of the next, which begins at a page of its own.
        with files_no_longer_than(4096 + 300), pytest.raises(OSError) as raised:
            list(blocks.leaves(range(6)))
        assert str(raised.value) == (
            f"cannot write 320 bytes of rows to a temporary file in {tmp_path}: File too large; "
            "directory= names another folder, cache=False reads the table in each pass"
        )
        assert os.fstat(raw_file(blocks).fileno()).st_size <= 4096
        for _ in range(2):
            assert [bits(leaf) for _, leaf in blocks.leaves(range(6))] == truth
    assert loads(groups) == [1, 2, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="a mapped file cannot be cut there")
def test_a_raw_file_that_was_cut_is_not_read(tmp_path):
    groups = groups_of([8, 8, 8])
    with blocks_of(groups, 4, directory=tmp_path, **NO_ROOM) as blocks:
        list(blocks.leaves(range(6)))
        os.ftruncate(raw_file(blocks).fileno(), 2 * 4096 + 319)
        assert len(list(blocks.leaves(range(4)))) == 4
        with pytest.raises(OSError) as raised:
            list(blocks.leaves(range(6)))
    assert str(raised.value) == (
        f"the temporary file of rows in {tmp_path} has been cut to 8.31 KiB: learning must begin anew"
    )


def test_what_learning_does_to_rows_is_not_written():
    groups = groups_of([8, 8])
    truth = [bits(leaf) for leaf in in_memory(groups, 4)]
    with blocks_of(groups, 4, **NO_ROOM) as blocks:
        list(blocks.leaves(range(4)))
        for _, leaf in blocks.leaves(range(4)):
            leaf.inputs.dense[:] = 0
        assert [bits(leaf) for _, leaf in blocks.leaves(range(4))] == truth


@pytest.mark.skipif(sys.platform == "win32", reason="an open file keeps its name there")
@pytest.mark.parametrize("end", ["closed", "forgotten", "error"])
def test_the_raw_file_has_no_name_and_goes(tmp_path, end):
    groups = groups_of([8, 8])
    if end == "error":
        groups[1].load = lambda: 1 / 0
    blocks = blocks_of(groups, 4, directory=tmp_path, **NO_ROOM)
    if end == "error":
        with pytest.raises(ZeroDivisionError):
            list(blocks.leaves(range(4)))
    else:
        list(blocks.leaves(range(4)))
    file = raw_file(blocks)
    assert os.fstat(file.fileno()).st_size >= 320 and list(tmp_path.iterdir()) == []
    if end == "forgotten":
        del blocks
        gc.collect()
    else:
        blocks.close()
    assert file.closed


@pytest.mark.parametrize("end", ["closed", "error", "exhausted", "forgotten"])
def test_the_thread_ends_with_the_iterator(end):
    groups = groups_of([8, 8, 8])
    if end == "error":
        groups[2].load = lambda: 1 / 0
    with blocks_of(groups, 4, cache=False) as blocks:
        leaves = blocks.leaves(range(6))
        next(leaves)
        next(leaves)
        assert len(reading_threads()) == 1
        if end == "closed":
            leaves.close()
        elif end == "error":
            with pytest.raises(ZeroDivisionError):
                list(leaves)
        elif end == "exhausted":
            list(leaves)
        del leaves
        assert not reading_threads()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_is_heard_while_a_group_is_loaded():
    """The load that is under way ends first, no other begins."""
    groups, go_on = groups_of([8, 8, 8]), threading.Event()

    def load():
        os.kill(os.getpid(), signal.SIGINT)  # heard by the thread that waits for this
        assert go_on.wait(600)
        return Group.load(groups[1])

    groups[1].load = load
    with blocks_of(groups, 8, cache=False) as blocks:
        leaves = blocks.leaves(range(3))

        def hear(signal, frame):
            go_on.set()
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGINT, hear)
        try:
            with pytest.raises(KeyboardInterrupt):
                list(leaves)
        finally:
            signal.signal(signal.SIGINT, before)
        assert next(leaves, None) is None
    assert loads(groups) == [1, 1, 0] and not reading_threads()


def test_sums_are_those_of_rows_in_memory():
    """To the bit: kept in memory, mapped from the file, read in each pass; by one thread or several."""
    net = Network((D, 5, P), random_state=0)
    groups = groups_of([64, 32, 16, 32, 5], weighted=True)
    whole = [np.concatenate([getattr(group, name) for group in groups]) for name in ("X", "Y", "weights")]
    source = InMemory(Inputs.of(whole[0], net.dtype), *whole[1:], 16)
    ask = [net.parameters], None
    with Team(1) as alone, Team(3) as team:
        truth = (
            Evaluator(net.architecture, "half_squared_error", source).tree("gradient", *ask, alone).total()
        )
        for options in ({"max_memory": 10**6}, {"max_memory": 3 * 64 * 48 + 2000}, {"cache": False}):
            with blocks_of(groups, 16, weighted=True, **options) as blocks:
                evaluator = Evaluator(net.architecture, "half_squared_error", blocks)
                for threads in (alone, team, team):
                    assert np.array_equal(evaluator.tree("gradient", *ask, threads).total(), truth)


def test_an_evaluation_that_fails_reads_nothing_more(monkeypatch):
    def add(leaf, sums):
        raise ArithmeticError("in a leaf")

    monkeypatch.setitem(QUESTIONS, "fails", (lambda net: 1, lambda evaluator, team: add))
    net, groups = Network((D, P), random_state=0), groups_of([8, 8, 8, 8])
    with blocks_of(groups, 8, cache=False) as blocks, Team(1) as team:
        evaluator = Evaluator(net.architecture, "half_squared_error", blocks)
        with pytest.raises(ArithmeticError) as raised:
            evaluator.tree("fails", [], None, team)
        assert raised.tb and not reading_threads()  # though the error holds the frames it came through
    assert sum(loads(groups)) <= 2


def test_leaves_that_steps_take_rows_of_are_held_where_they_lie():
    """All groups are open at once, a leaf of each: they take no memory beside the budget."""
    assert_open_leaves_take(0, room=30)


def test_leaves_are_copied_where_groups_are_in_a_file():
    """Mapped in place, rows taken from all over it bring most of it into memory."""
    assert_open_leaves_take(8, room=3.2)


def assert_open_leaves_take(groups_copied, room):
    n = 20_000
    net, groups = Network((D, P), random_state=0), groups_of([n] * 8)
    size = groups[0].X.nbytes + groups[0].Y.nbytes
    whole = InMemory(Inputs.of(groups[0].X, net.dtype), groups[0].Y, np.empty(0), n // 8)
    with blocks_of(groups, n, max_memory=int(room * size)) as blocks, Team(1) as team:
        list(blocks.leaves(range(8)))
        ask = [net.parameters, Draw(0, 8, n_steps=100).numbers()], None, team
        Evaluator(net.architecture, "half_squared_error", whole).tree("step", *ask)  # loads kernels
        for source in (blocks, whole):
            evaluator = Evaluator(net.architecture, "half_squared_error", source)
            peak, _ = arrays_at_peak(lambda: evaluator.tree("step", *ask))  # noqa: B023
            orders = 8 * source.n_rows
            copied = groups_copied * size if source is blocks else 0
            assert copied <= peak < orders + copied + size / 2
