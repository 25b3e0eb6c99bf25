"""ONNX models give what the model gives, and its derivatives."""

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from onnx.reference import ReferenceEvaluator
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument
from tests.export.models import CASES, FAST, KINDS, TABLE, X, Y, case, compared, fit, frame
from tests.export.random_plans import random_cells, random_plan
from tests.export.test_plan import held_within

from chainrule import MLPRegressor, Network, TableRegressor
from chainrule.calculus import ACTIVATIONS, Bracketing, Factor
from chainrule.export import Input, ModelPlan, Output, RampedNumber, evaluate, plan_of, to_onnx
from chainrule.export._onnx._graph import Graph, Names
from chainrule.export._onnx._model import onnx_of
from chainrule.export._onnx._product import Link, for_each_row, product
from sweeps import for_each, some

CLOSE = {"rtol": 2e-5, "atol": 3e-6}


def opened(made):
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3
    quiet.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(made.SerializeToString(), quiet, providers=["CPUExecutionProvider"])


def fed(plan, columns):
    """Return the inputs of a session from the cells of the plan's columns."""
    if not plan.named and not any(each.is_text for each in plan.inputs):
        return {"X": np.column_stack(columns).astype(np.float32)}
    return {each.name: as_column(each.kind, cells) for each, cells in zip(plan.inputs, columns, strict=True)}


def as_column(kind, cells):
    if kind == "text":
        words = [cell if isinstance(cell, str) else "" for cell in cells]
        return np.array(words, dtype=object)[:, None]
    numbers = np.asarray(cells, dtype=np.float64)
    if kind in ("date", "time"):
        gone = np.isnan(numbers)
        seconds = np.round(np.where(gone, 0, numbers) * 86_400).astype(np.int64)
        return np.where(gone, np.iinfo(np.int64).min, seconds)[:, None]
    return numbers[:, None]


def run(model, plan, columns, derivatives=True):
    """Return label (or nothing), values and derivatives."""
    return opened(to_onnx(model, derivatives)).run(None, fed(plan, columns))


@pytest.mark.parametrize("name", some(CASES, 11))
def test_onnx_gives_what_the_model_gives(name):
    known = case(name)
    plan = plan_of(known.model)
    *_, values, J = run(known.model, plan, known.columns)
    assert values.dtype == J.dtype == np.float32 and len(values) == 1000
    size = np.abs(known.predicted).max()
    np.testing.assert_allclose(values / size, known.predicted / size, **CLOSE)
    steep = np.abs(known.jacobian).max(axis=(0, 1))
    np.testing.assert_allclose(compared(plan, known, J) / steep, known.jacobian / steep, **CLOSE)
    *_, alone = run(known.model, plan, known.columns, derivatives=False)
    np.testing.assert_array_equal(alone, values)


@for_each("derivatives", [False, True])
@for_each("name", CASES)
def test_nothing_is_written_that_nobody_reads(name, derivatives):
    graph = to_onnx(case(name).model, derivatives).graph
    read = {each for node in graph.node for each in node.input} | {each.name for each in graph.output}
    written = {each.name for each in graph.initializer} | {
        each for node in graph.node for each in node.output
    }
    assert written <= read


def same(found, truth):
    """Check two arrays for being equal to rounding, and missing in the same places."""
    size = np.nanmax(np.abs(truth), initial=1.0)
    np.testing.assert_allclose(found / size, truth / size, **CLOSE)


def check_random_plan(seed):
    plan = random_plan(seed)
    cells = random_cells(plan, seed=seed)
    truth = evaluate(plan, cells)
    *_, values, J = opened(onnx_of(plan, True)).run(None, fed(plan, cells))
    known = np.isfinite(truth.values).all(axis=1)
    assert np.isnan(values[~known]).any(axis=1).all()
    same(values[known], truth.values[known])
    same(J[known], truth.jacobian[known])


@for_each("seed", range(30))
def test_onnx_computes_what_plans_mean(seed):
    check_random_plan(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30, 230))
def test_onnx_computes_what_any_plan_means(seed):
    check_random_plan(seed)


LABELLED = [
    "classifier",
    "classifier of two",
    "classifier of labels",
    "table classifier",
    "table classifier of two",
]


@pytest.mark.parametrize("name", LABELLED)
def test_labels_are_those_that_the_model_predicts(name):
    known = case(name)
    label, _ = run(known.model, plan_of(known.model), known.columns, derivatives=False)
    with pytest.warns() if "table" in name else pytest.MonkeyPatch.context():
        expected = known.model.predict(known.rows)
    assert label.tolist() == expected.tolist()


@pytest.mark.parametrize("classes", [(True, False), (2, 7), (0.5, 1.5), ("a", "b"), ("a", 1)])
def test_labels_keep_their_type(classes):
    plan = plan_of(case("classifier of two").model)
    plan = replace(plan, output=replace(plan.output, classes=classes))
    label, p = opened(onnx_of(plan, False)).run(None, fed(plan, X.T))
    expected = [classes[k] if "a" not in classes else str(classes[k]) for k in p.argmax(axis=1)]
    assert label.tolist() == expected


def test_a_newcomer_feeds_a_row_of_a_data_frame():
    known = case("table model of an ensemble")
    row = known.rows.iloc[[7]]
    at = row["at"].map(lambda t: t.hour * 3600 + t.minute * 60)
    session = opened(to_onnx(known.model, derivatives=True))
    found = session.run(
        ["prediction", "jacobian"],
        {
            "size": row[["size"]].to_numpy(),
            "often": row[["often"]].to_numpy(float),
            "sold": row[["sold"]].to_numpy(float),
            "day": row["day"].astype("datetime64[s]").to_numpy().astype("int64")[:, None],
            "at": at.to_numpy()[:, None],
            "colour": row[["colour"]].fillna("").to_numpy(object),
            "side": row[["side"]].to_numpy(object),
            "rest": row[["rest"]].to_numpy(object),
        },
    )
    np.testing.assert_allclose(found[0], known.predicted[[7]], rtol=1e-6)
    assert found[1].shape == (1, 1, 5)


def test_the_model_says_what_it_takes():
    made = to_onnx(case("table model of an ensemble").model, derivatives=True)
    facts = json.loads(made.metadata_props[0].value)
    assert [(each["name"], each["kind"]) for each in facts["columns"]] == [*KINDS.items()]
    assert facts["jacobian"] == ["size", "often", "sold", "day", "at"]
    assert [each.name for each in made.graph.input] == [*KINDS]
    assert "seconds since 1970-01-01" in made.graph.input[3].doc_string
    assert made.opset_import[0].version == 17 and "colour: text" in made.doc_string


def columns_named(*names):
    return pd.DataFrame(X[:, : len(names)], columns=names)


@pytest.mark.parametrize(
    "names",
    [
        ("prediction", "jacobian"),
        ("X", "/Gemm"),
        ("a b\n\t", "é·漢字"),
        ("constant", "/constant"),
        ('"\\', "a/b:c"),
    ],
)
def test_columns_may_have_any_name(names):
    rows = columns_named(*names)
    model = fit(MLPRegressor(**FAST), rows, Y[:, 0])
    session = opened(to_onnx(model, derivatives=True))
    found, J = session.run(None, {name: rows[[name]].to_numpy() for name in names})
    np.testing.assert_allclose(found[:, 0], model.predict(rows), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(J, model.jacobian(rows), rtol=1e-4, atol=1e-5)
    assert len({each.name for each in [*session.get_inputs(), *session.get_outputs()]}) == 4


@pytest.mark.parametrize(
    ("names", "message"), [(("a", "a"), "two columns are named 'a'"), (("a", ""), "column 2 has")]
)
def test_columns_must_be_told_apart(names, message):
    plan = plan_of(Network((2, 1)))
    named = replace(plan, inputs=tuple(map(Input, names)), named=True)
    with pytest.raises(ValueError, match=message):
        onnx_of(named, False)


def test_a_model_that_no_file_holds_is_refused_before_it_is_written():
    plan = plan_of(Network((2, 1)))
    wide = replace(plan.networks[0], weights=(np.broadcast_to(np.float32(0), (20_000, 30_000)),))
    with pytest.raises(ValueError, match=r"at most 2 GB; the weights alone take 2\.24 GiB"):
        onnx_of(replace(plan, networks=(wide,)), False)


def test_single_precision_is_what_an_array_is_given_in():
    session = opened(to_onnx(case("regressor").model))
    with pytest.raises(InvalidArgument, match=r"expected: \(tensor\(float"):
        session.run(None, {"X": X})


def test_ten_thousand_categories():
    words = np.array([f"word {k}" for k in range(10_000)], dtype=object)
    plan = plan_of(case("table regressor").model)
    place = [*KINDS].index("rest")
    many = replace(plan.inputs[place], categories=tuple(words))
    hot = next(each for each in plan.encodings if each.column == place)
    wide = replace(hot, places=tuple(k % hot.width for k in range(10_000)))
    changed = replace(
        plan,
        inputs=(*plan.inputs[:place], many, *plan.inputs[place + 1 :]),
        encodings=tuple(wide if each is hot else each for each in plan.encodings),
    )
    cells = [cells[:200] for cells in case("table regressor").columns]
    cells[place] = words[::50]
    found, _ = opened(onnx_of(changed, True)).run(None, fed(changed, cells))
    same(found, evaluate(changed, cells).values)


def test_an_empty_text_that_was_learned_is_a_category():
    table = pd.DataFrame({"word": ["", "a", "b", "a"] * 30, "x": np.arange(120.0)})
    model = fit(TableRegressor(kinds="stored", **TABLE), table, (table["word"] == "") * 3.0 + table["x"] / 60)
    plan = plan_of(model)
    assert plan.inputs[0].categories == ("", "a", "b")
    found, _ = run(model, plan, [table["word"], table["x"]])
    same(found[:, 0], model.predict(table))


def test_there_are_no_derivatives_by_text_alone():
    model = fit(TableRegressor(**TABLE), frame()[["colour", "side"]], frame()["number"])
    with pytest.raises(ValueError, match="all columns are text"):
        to_onnx(model, derivatives=True)
    assert len(to_onnx(model).graph.output) == 1


def test_kinks_and_limits_have_the_derivative_that_the_model_says():
    table = np.column_stack([np.repeat(np.arange(6.0), 40), np.tile([0.0, 1.0], 120)])
    model = fit(TableRegressor(**TABLE | {"n_steps": 300}), table, np.minimum(table[:, 0], 3.0))
    edges = np.repeat([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 2)
    rows = np.column_stack([edges, np.tile([0.0, 1.0], 6)])
    found, J = run(model, plan_of(model), rows.T)
    expected = model.jacobian(rows).values
    held = (expected == 0).all(axis=(1, 2))
    assert held.any() and not held.all()
    same(found[:, 0], model.predict(rows))
    same(J, expected)


def test_at_a_limit_the_derivative_is_that_to_the_right():
    rows = np.array([[-1.0], [0.0], [0.5], [1.0], [2.0]], dtype=np.float32)
    found, J = opened(onnx_of(held_within(0.0, 1.0), True)).run(None, {"X": rows})
    assert found[:, 0].tolist() == [0, 0, 0.5, 1, 1]
    assert J[:, 0, 0].tolist() == [0, 1, 1, 0, 0]


@for_each("name", ACTIVATIONS)
def test_activations_at_kinks_and_far_out(name):
    """At 0 the derivative is that of the left side; nothing overflows on the way to a finite result."""
    net = Network.from_weights([[[1.0]], [[1.0]]], [[0.0], [0.0]], name)
    rows = np.array(
        [[0, 1e-3, -1e-3, 1, -1, 9, -9, 30, -30, 88, -88, 200, -200, 1e4, -1e4]], dtype=np.float32
    ).T
    found, J = opened(to_onnx(net, derivatives=True)).run(None, {"X": rows})
    np.testing.assert_allclose(found, net(rows), rtol=2e-6, atol=2e-7)
    np.testing.assert_allclose(J, net.jacobian(rows), rtol=2e-6, atol=2e-6)


SHAPES = [
    ((3, 30, 200), "identity"),
    ((40, 3, 30, 4), "softmax"),
    ((1, 8, 8, 1), "logistic"),
    ((5, 7), "softmax"),
]


@pytest.mark.parametrize(("sizes", "output"), SHAPES)
def test_every_order_of_the_chain_gives_the_same(sizes, output):
    net = Network(sizes, "gelu", output, random_state=1)
    rows = np.random.default_rng(0).normal(size=(20, sizes[0])).astype(np.float32)
    values, J = opened(to_onnx(net, derivatives=True)).run(None, {"X": rows})
    same(values, net(rows))
    same(J, net.jacobian(rows))


def test_no_more_is_multiplied_than_need_be():
    """A wide output of few inputs is multiplied from the inputs on."""
    made = to_onnx(Network((3, 30, 30, 200), "tanh", random_state=0), derivatives=True)
    sizes = {tuple(each.dims) for each in made.graph.initializer}
    assert (200, 30) in sizes and (30, 3) in sizes  # A₃ (D₂ (A₂ (D₁ A₁))), not (A₃ D₂) A₂ …
    products = [node for node in made.graph.node if node.op_type == "MatMul"]
    shapes = {each.name: tuple(each.dims) for each in made.graph.initializer}
    assert [shapes.get(node.input[0]) for node in products] == [(30, 30), (200, 30)]


KINDS_OF_FACTORS = [
    ("diagonal", "dense"), ("dense", "diagonal"), ("softmax", "dense"), ("dense", "softmax"),
    ("dense", "dense"), ("diagonal", "diagonal"),
]  # fmt: skip


@for_each("kinds", KINDS_OF_FACTORS)
@for_each("shared", [(), (0,), (1,)])
def test_products_are_those_of_the_calculus(kinds, shared):
    shared = [k for k in shared if kinds[k] == "dense"]
    random, n, k = np.random.default_rng(0), 6, 4
    factors = [Factor("A", (k, k), kind, shared=place in shared) for place, kind in enumerate(kinds)]
    shapes = [(k, k) if f.shared else (n, k, k) if f.kind == "dense" else (n, k) for f in factors]
    matrices = [random.random(shape).astype(np.float32) for shape in shapes]
    expected = Bracketing(tuple(factors), (0, 1), n).multiply(matrices)
    g = Graph(Names(()))
    links = [
        Link(f, matrix if f.shared else g.constant(matrix))
        for f, matrix in zip(factors, matrices, strict=True)
    ]
    g.named("Identity", for_each_row(g, product(g, links), g.constant(matrices[0])), output="J")
    same(carried_out(g), np.broadcast_to(expected, (n, k, k)))


def carried_out(g):
    from onnx import TensorProto, helper

    output = helper.make_tensor_value_info("J", TensorProto.FLOAT, None)
    graph = helper.make_graph(g.nodes, "product", [], [output], g.constants)
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    return opened(made).run(None, {})[0]


def ensemble(p):
    """Return the plan of two networks of one column, which becomes 21 inputs, and p outputs."""
    ramps = RampedNumber(0, "", 0.0, 1.0, 3.0, tuple(np.linspace(-2, 2, 21).tolist()), False)
    names = tuple(f"y{k}" for k in range(p))
    output = Output("numbers", names, (1.0,) * p, (0.0,) * p)
    networks = tuple(plan_of(Network((ramps.width, 6, p), random_state=k)).networks[0] for k in range(2))
    return ModelPlan((Input("x"),), (ramps,), networks, output, named=True)


@pytest.mark.parametrize(("p", "added_up_last"), [(1, False), (60, True)])
def test_networks_are_added_up_where_it_is_cheapest(p, added_up_last):
    plan = ensemble(p)
    ops = [node.op_type for node in onnx_of(plan, True).graph.node]
    last = {op: len(ops) - 1 - ops[::-1].index(op) for op in ("ReduceSum", "MatMul")}
    assert (last["ReduceSum"] > last["MatMul"]) == added_up_last
    cells = random_cells(plan)
    _, J = opened(onnx_of(plan, True)).run(None, fed(plan, cells))
    same(J, evaluate(plan, cells).jacobian)


@pytest.mark.parametrize("name", ["network", "table classifier of two", "table model of an ensemble"])
def test_graphs_are_what_the_standard_says(name):
    """Operators mean to ONNX's own evaluator what they mean to ONNX Runtime; types and shapes are right."""
    known = case(name)
    made = to_onnx(known.model, derivatives=True)
    onnx.checker.check_model(made, full_check=True)
    plan = plan_of(known.model)
    rows = fed(plan, [cells[:30] for cells in known.columns])
    for found, truth in zip(
        ReferenceEvaluator(made).run(None, rows), opened(made).run(None, rows), strict=True
    ):
        assert found.shape == truth.shape
        if truth.dtype == np.float32:
            same(found, truth)


def test_derivatives_are_asked_for_by_a_flag():
    with pytest.raises(TypeError, match="derivatives must be True or False, got 'no'"):
        to_onnx(Network((2, 1)), derivatives="no")
