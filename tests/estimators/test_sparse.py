"""Sparse X: the model of the same rows made dense, to rounding, and never made dense."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from chainrule import LBFGS, SGD, Adam, Network, train
from sweeps import crossed, for_each

from .data import assert_equal_fits, classifier, regressor, twin

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])
solvers = pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])

RANDOM = np.random.RandomState(0)
N, D = 90, 30
DENSE = np.where(RANDOM.uniform(size=(N, D)) < 0.15, RANDOM.normal(size=(N, D)), 0.0)
DENSE[[4, 17, N - 1]] = 0  # rows without entries
DENSE[:, 11] = 0  # and a column
TOTAL = DENSE.sum(axis=1)
BINARY = (TOTAL > 0).astype(int)
MULTICLASS = np.digitize(TOTAL, [-0.5, 0.5])
MULTILABEL = (DENSE[:, :3] + DENSE[:, 3:6] > 0).astype(int)
ONE_OUTPUT = np.tanh(TOTAL)
TWO_OUTPUTS = np.c_[ONE_OUTPUT, np.cos(TOTAL)]
COUNTS = np.floor(np.abs(4 * TOTAL))
WEIGHTS = RANDOM.uniform(0.2, 3.0, N)
CSR = sparse.csr_array(DENSE)

TARGETS = {
    "binary": (classifier, BINARY, {}),
    "multiclass": (classifier, MULTICLASS, {}),
    "multilabel": (classifier, MULTILABEL, {}),
    "one output": (regressor, ONE_OUTPUT, {}),
    "two outputs": (regressor, TWO_OUTPUTS, {}),
    "counts": (regressor, COUNTS, {"loss": "poisson"}),
}
targets = pytest.mark.parametrize(("make", "y", "given"), TARGETS.values(), ids=TARGETS)


def target_of(model):
    return BINARY if hasattr(model, "predict_proba") else ONE_OUTPUT


@pytest.fixture(autouse=True)
def never_dense(monkeypatch):
    """No matrix of the shape of X is made dense."""

    def refuse(method):
        def guarded(matrix, *arguments, **named):
            assert len(matrix.shape) == 1 or 1 in matrix.shape or matrix.shape[1] < D, "made dense"
            return method(matrix, *arguments, **named)

        return guarded

    kinds = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
    for kind in [getattr(sparse, f"{name}_{form}") for name in kinds for form in ("array", "matrix")]:
        for name in ("toarray", "todense"):
            monkeypatch.setattr(kind, name, refuse(getattr(kind, name)))


# ---- forms


def with_long_indices(matrix):
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    return matrix


def unsorted(matrix):
    for a, b in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        matrix.indices[a:b], matrix.data[a:b] = (
            matrix.indices[a:b][::-1].copy(),
            matrix.data[a:b][::-1].copy(),
        )
    matrix.has_sorted_indices = False
    return matrix


def with_duplicates(matrix):
    """Every entry twice, a third and two thirds."""
    halves = np.repeat(matrix.data, 2) * np.tile([1 / 3, 2 / 3], matrix.nnz)
    return type(matrix)((halves, np.repeat(matrix.indices, 2), 2 * matrix.indptr), shape=matrix.shape)


def with_zeros(matrix):
    """A third of the places of the empty column hold a stored zero."""
    places = np.arange(0, N, 3), np.full(N // 3, 11)
    entries = matrix.tocoo()
    rows, columns = (np.concatenate(pair) for pair in zip(entries.coords, places, strict=True))
    values = np.concatenate([entries.data, np.zeros(N // 3)])
    return type(matrix)(sparse.coo_array((values, (rows, columns)), shape=matrix.shape))


def read_only(matrix):
    for part in (matrix.data, matrix.indices, matrix.indptr):
        part.flags.writeable = False
    return matrix


FORMS = {
    "csr array": lambda: CSR.copy(),
    "csr matrix": lambda: sparse.csr_matrix(CSR),
    "csc array": lambda: sparse.csc_array(CSR),
    "csc matrix": lambda: sparse.csc_matrix(CSR),
    "coo": lambda: sparse.coo_array(CSR),
    "lil": lambda: sparse.lil_matrix(CSR),
    "csr of int64": lambda: with_long_indices(CSR.copy()),
    "csc of int64": lambda: with_long_indices(sparse.csc_array(CSR)),
    "unsorted csr": lambda: unsorted(CSR.copy()),
    "unsorted csc": lambda: unsorted(sparse.csc_array(CSR)),
    "duplicates": lambda: with_duplicates(CSR.copy()),
    "duplicates in csc": lambda: with_duplicates(sparse.csc_matrix(CSR)),
    "stored zeros": lambda: with_zeros(CSR),
    "stored zeros in csc": lambda: with_zeros(sparse.csc_array(CSR)),
    "read-only": lambda: read_only(CSR.copy()),
    "rows of a larger one": lambda: sparse.vstack([CSR, CSR]).tocsr()[N:],
}


@makers
@for_each("solver", ["adam", "lbfgs"])
@for_each("form", FORMS.values())
def test_the_form_does_not_matter(make, solver, form):
    given = form()
    untouched = given.copy()
    model, plain = make(solver=solver, batch_size=20), make(solver=solver, batch_size=20)
    y = target_of(model)
    assert_equal_fits(model.fit(given, y), plain.fit(DENSE, y))
    if make is classifier:
        np.testing.assert_array_equal(model.predict(given), plain.predict(DENSE))
        np.testing.assert_allclose(model.predict_proba(given), plain.predict_proba(DENSE), rtol=1e-9)
    else:
        np.testing.assert_allclose(model.predict(given), plain.predict(DENSE), rtol=1e-9)
    assert model.score(given, y, WEIGHTS) == pytest.approx(plain.score(DENSE, y, WEIGHTS), rel=1e-9)
    assert given.nnz == untouched.nnz
    if hasattr(given, "indices"):
        for name in ("data", "indices", "indptr"):
            np.testing.assert_array_equal(getattr(given, name), getattr(untouched, name))


@pytest.mark.parametrize("dtype", [np.int8, np.int64, bool, np.longdouble])
def test_other_types_become_float64(dtype):
    given = CSR.astype(dtype)
    model = classifier().fit(given, MULTICLASS)
    assert model.network_.dtype == np.float64
    assert_equal_fits(model, twin(model).fit(given, MULTICLASS))


@solvers
@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix])
def test_float32_stays_float32(solver, form):
    model = regressor(solver=solver).fit(form(CSR.astype(np.float32)), TWO_OUTPUTS)
    assert model.network_.dtype == model.predict(CSR).dtype == np.float32
    assert_equal_fits(model, regressor(solver=solver).fit(DENSE, TWO_OUTPUTS), rtol=2e-4)


# ---- the same as dense, the same as scikit-learn


@targets
@pytest.mark.parametrize(
    ("how", "weighted"),
    crossed(
        [("adam", False), ("adam", True), ("sgd", False), ("sgd", True), ("lbfgs", False)], [False, True]
    ),
    ids=str,
)
def test_trajectories(make, y, given, how, weighted):
    solver, early_stopping = how
    weights = WEIGHTS if weighted else None
    parameters = dict(solver=solver, batch_size=16, early_stopping=early_stopping, **given)
    model = make(hidden_layer_sizes=(7, 5), max_iter=6, **parameters).fit(CSR, y, weights)
    dense = make(hidden_layer_sizes=(7, 5), max_iter=6, **parameters).fit(DENSE, y, weights)
    assert_equal_fits(model, dense)
    np.testing.assert_allclose(model.history_.loss, dense.history_.loss, rtol=1e-9)
    if early_stopping:
        assert model.validation_scores_ == pytest.approx(dense.validation_scores_, rel=1e-9)
    if solver == "lbfgs" and y is TWO_OUTPUTS:
        return  # quirk 1: theirs is another problem
    right = twin(model).fit(CSR, y, weights)
    assert_equal_fits(model, right)
    assert model.loss_ == pytest.approx(right.loss_, rel=1e-9)
    if make is classifier:
        np.testing.assert_array_equal(model.predict(CSR), right.predict(CSR))
    else:
        np.testing.assert_allclose(model.predict(CSR), right.predict(CSR), rtol=1e-9)


@pytest.mark.parametrize("hidden", [(), (1,), (40,), (6, 6, 6)])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_architectures(hidden, activation):
    model = classifier(hidden_layer_sizes=hidden, activation=activation, batch_size=25)
    assert_equal_fits(model.fit(CSR, MULTICLASS), twin(model).fit(CSR, MULTICLASS))


@makers
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_partial_fit_takes_turns_with_dense_rows(make, solver):
    model = make(solver=solver, random_state=np.random.RandomState(3))
    y, known = target_of(model), {"classes": [0, 1]} if make is classifier else {}
    models = [model, twin(model).set_params(random_state=np.random.RandomState(3))]
    for each in models:
        for number, rows in enumerate([slice(0, 40), slice(40, 41), slice(30, None)] * 2):
            each.partial_fit(DENSE[rows] if number == 3 else CSR[rows], y[rows], **known)
    assert_equal_fits(*models)
    assert models[0].loss_curve_ == pytest.approx(models[1].loss_curve_, rel=1e-9)


@makers
@solvers
def test_a_warm_start_takes_turns_with_dense_rows(make, solver):
    model = make(solver=solver, warm_start=True, max_iter=4)
    y, right = target_of(model), twin(model)
    for each in (model, right):
        each.fit(CSR, y).fit(DENSE, y).fit(sparse.csc_array(CSR), y)
    assert_equal_fits(model, right, rtol=1e-8)


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix, sparse.lil_array])
def test_sparse_labels(form):
    """predict then answers in CSR, as scikit-learn's."""
    labels = form(MULTILABEL)
    model = classifier(max_iter=60, learning_rate_init=0.03).fit(CSR, labels)
    right = twin(model).fit(CSR, labels)
    assert_equal_fits(model, right, rtol=1e-8)
    mine, theirs = model.predict(CSR), right.predict(CSR)
    assert (mine.format, type(mine), mine.dtype) == ("csr", type(theirs), theirs.dtype)
    assert (mine != theirs).nnz == 0
    assert mine.nnz > 0
    assert model.score(CSR, labels) == right.score(CSR, labels)
    np.testing.assert_allclose(model.predict_proba(CSR), right.predict_proba(CSR), rtol=1e-7)


@makers
def test_in_a_pipeline_and_over_folds(make):
    model = make_pipeline(MaxAbsScaler(), make())
    y = target_of(model[-1])
    scores = cross_val_score(model, CSR, y, cv=3)
    theirs = cross_val_score(make_pipeline(MaxAbsScaler(), twin(model[-1])), CSR, y, cv=3)
    np.testing.assert_allclose(scores, theirs, rtol=1e-9)


# ---- what is refused


@makers
@for_each("value", [np.nan, np.inf, -np.inf])
@for_each("form", [sparse.csr_array, sparse.csc_matrix])
def test_stored_values_that_are_not_finite_are_refused(make, value, form):
    bad = form(CSR.copy())
    bad.data[7] = value
    model = make()
    y = target_of(model)
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        model.fit(bad, y)
    model.fit(CSR, y)
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        model.predict(bad)


def test_shapes_and_types_that_are_refused():
    model = regressor().fit(CSR, ONE_OUTPUT)
    with pytest.raises(ValueError, match="X has 29 features, but MLPRegressor is expecting 30"):
        model.predict(CSR[:, :-1])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(CSR[:-1], ONE_OUTPUT)
    with pytest.raises(ValueError, match="0 sample"):
        model.fit(CSR[:0], ONE_OUTPUT[:0])
    with pytest.raises(ValueError, match="Complex data not supported"):
        model.fit(CSR.astype(complex), ONE_OUTPUT)
    with pytest.raises(ValueError, match="X holds values too large for float32"):
        regressor().fit(CSR.astype(np.float32), ONE_OUTPUT).predict(CSR * 1e60)


# ---- size


@pytest.mark.parametrize(
    ("make", "solver", "d", "copies"),
    [
        (classifier, "adam", 2_000_000, 7),
        (regressor, "sgd", 2_000_000, 6),
        (classifier, "lbfgs", 200_000, 45),  # SciPy's memory: 2 · 10 vectors, and its workspace
    ],
)
def test_many_columns(make, solver, d, copies):
    """All rows dense would be 32 GB; a few copies of η, of 32 MB each, are enough."""
    n = 2000
    entries = np.sort(RANDOM.randint(0, d, (n, 5)), axis=1)
    X = sparse.csr_array((np.ones(5 * n), entries.ravel(), np.arange(0, 5 * n + 1, 5)), shape=(n, d))
    y = entries[:, 0] % 2
    model = make(hidden_layer_sizes=(2,), solver=solver, batch_size=500, max_iter=1, alpha=0.0)
    tracemalloc.start()
    try:
        model.fit(X, y)
        fitting = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        model.predict(X)
        predicting = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert fitting < copies * model.network_.parameters.nbytes < n * d
    assert predicting < 1e6
    assert np.isfinite(model.loss_)


# ---- the network itself


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network_takes_sparse_rows(form, dtype):
    net, rtol = Network((D, 9, 4, 2), dtype=dtype, random_state=0), 1e-11 if dtype == np.float64 else 2e-4
    given = form(CSR)

    def close(mine, right):
        np.testing.assert_allclose(mine, right, rtol=rtol, atol=rtol * np.abs(right).max())

    close(net(given), net(DENSE))
    layers = net.layers(given)
    np.testing.assert_array_equal(layers[0] @ np.eye(D, dtype=dtype), DENSE.astype(dtype))
    for mine, right in zip(layers[1:], net.layers(DENSE)[1:], strict=True):
        close(mine, right)
    for weights in (None, WEIGHTS):
        answers = (TWO_OUTPUTS, "half_squared_error", weights)
        assert net.error(given, *answers) == pytest.approx(net.error(DENSE, *answers), rel=rtol)
        close(net.gradient(given, *answers), net.gradient(DENSE, *answers))


@pytest.mark.parametrize("solver", [Adam(), SGD(0.05), LBFGS()], ids=["adam", "sgd", "lbfgs"])
def test_training_a_network_on_sparse_rows(solver):
    nets = [Network((D, 5, 2), random_state=0) for _ in range(2)]
    validation = {} if isinstance(solver, LBFGS) else {"validation": (CSR[:20], TWO_OUTPUTS[:20])}
    for net, X in zip(nets, (CSR, DENSE), strict=True):
        train(
            net, X, TWO_OUTPUTS, loss="half_squared_error", solver=solver, alpha=0.1, max_iter=10,
            batch_size=16, sample_weight=WEIGHTS, random_state=0, **validation,
        )  # fmt: skip
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-9, atol=1e-11)


def test_a_gradient_over_more_rows_than_a_pass_takes():
    net = Network((D, 9, 1), random_state=0)
    many, y = sparse.vstack([CSR] * 200).tocsr(), np.tile(ONE_OUTPUT, 200)
    assert net.error(many, y, "half_squared_error") == pytest.approx(
        net.error(CSR, ONE_OUTPUT, "half_squared_error")
    )
    expected = net.gradient(DENSE, ONE_OUTPUT, "half_squared_error")
    np.testing.assert_allclose(net.gradient(many, y, "half_squared_error"), expected, rtol=1e-9, atol=1e-12)
