"""PyTorch, JAX and CasADi compute what a plan says, and differentiate it to the same derivatives.

Each test needs its library; `make test-export` installs them.
"""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from tests.export.compiled import as_cells
from tests.export.models import CASES, case
from tests.export.random_plans import random_cells, random_plan

from chainrule import Activation, MLPRegressor, Network
from chainrule.calculus import ACTIVATIONS, OUTPUTS
from chainrule.export import RampedNumber, as_numbers, evaluate, plan_of

pytestmark = pytest.mark.slow
DOUBLE, SINGLE = 1e-9, 2e-5


def rows_off_edges(name):
    """Return rows of a case as numbers, none with a number at an edge of a ramp, where rounding decides."""
    known = case(name)
    plan = plan_of(known.model)
    rows = as_numbers(plan, known.columns)[:200]
    for place in plan.numeric:
        if plan.inputs[place].kind != "boolean":
            rows[:, place] += 1e-4 * np.random.default_rng(place).uniform(size=len(rows))
    near = np.zeros(len(rows), dtype=bool)
    for each in plan.encodings:
        if isinstance(each, RampedNumber) and each.edges:
            angle = 2 * np.pi * rows[:, each.column]
            x = {"": rows[:, each.column], "sine": np.sin(angle), "cosine": np.cos(angle)}[each.wave]
            z = (x - each.centre) / each.scale
            near |= (np.abs(z[:, None] - np.array(each.edges)) < 1e-6).any(axis=1)
    assert near.mean() < 0.1
    return plan, rows[~near]


def agree(plan, rows, values, J):
    """Assert values (n, p), and J (n, p, n_inputs), of all inputs."""
    expected = evaluate(plan, as_cells(plan, rows))
    accepted = np.isfinite(expected.values).all(axis=1)
    assert accepted.any()
    np.testing.assert_array_equal(np.isfinite(values).all(axis=1), accepted)
    close = SINGLE if plan.dtype == np.float32 else DOUBLE
    size = np.abs(expected.values[accepted]).max()
    np.testing.assert_allclose(values[accepted] / size, expected.values[accepted] / size, rtol=0, atol=close)
    steep = np.abs(expected.jacobian[accepted]).max(axis=(0, 1))
    steep[steep == 0] = 1
    found = J[accepted][:, :, list(plan.numeric)]
    np.testing.assert_allclose(found / steep, expected.jacobian[accepted] / steep, rtol=0, atol=close)
    texts = [place for place, column in enumerate(plan.inputs) if column.is_text]
    assert not J[accepted][:, :, texts].any()


def with_torch(module, rows):
    torch = pytest.importorskip("torch")
    x = torch.tensor(rows)
    J = torch.func.vmap(torch.func.jacrev(module))(x)
    return module(x).detach().double().numpy(), J.detach().double().numpy()


class TestTorch:
    @pytest.mark.parametrize("name", CASES)
    def test_values_and_derivatives_are_those_of_the_plan(self, name):
        torch = pytest.importorskip("torch")
        from chainrule.export import to_torch

        plan, rows = rows_off_edges(name)
        module = to_torch(case(name).model)
        kind = torch.float32 if plan.dtype == np.float32 else torch.float64
        assert {each.dtype for each in module.parameters()} == {kind}
        if isinstance(module, torch.nn.Sequential):
            values, J = with_torch(module, rows.astype(plan.dtype))
            if values.shape[1] < len(plan.output.names):
                values, J = np.hstack([1 - values, values]), np.concatenate([-J, J], axis=1)
        else:
            values, J = with_torch(module, rows)
            with pytest.raises(ValueError, match="columns, got 1"):
                module(torch.zeros(3, 1))
        agree(plan, rows, values, J)
        again = pickle.loads(pickle.dumps(module))
        np.testing.assert_array_equal(
            again(torch.tensor(rows, dtype=kind)).detach().numpy(),
            module(torch.tensor(rows, dtype=kind)).detach().numpy(),
        )

    def test_plain_models_become_a_sequential_and_others_a_module(self):
        torch = pytest.importorskip("torch")
        from chainrule.export import to_torch

        plain = {name for name in CASES if isinstance(to_torch(case(name).model), torch.nn.Sequential)}
        assert plain == {name for name in CASES if not name.startswith(("scaled", "table", "pipeline"))}

    @pytest.mark.parametrize("name", ACTIVATIONS)
    @pytest.mark.parametrize("output", ["identity", "softmax", "exp", "logistic", "softplus"])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_there_and_back_gives_the_same_network(self, name, output, dtype):
        pytest.importorskip("torch")
        from chainrule.export import from_torch, to_torch

        net = Network((3, 4, 5, 2), name, output, dtype, random_state=0)
        assert from_torch(to_torch(net)) == net

    def test_weights_learn_on(self):
        torch = pytest.importorskip("torch")
        from chainrule.export import to_torch

        _, rows = rows_off_edges("table regressor")
        module = to_torch(case("table regressor").model)
        x, before = torch.tensor(rows), {k: v.clone() for k, v in module.state_dict().items()}
        step = torch.optim.SGD(module.parameters(), lr=1e-4)
        module(x).square().mean().backward()
        step.step()
        assert any((before[k] != v).any() for k, v in module.state_dict().items())

    def test_a_sequential_of_others_is_read(self):
        torch = pytest.importorskip("torch")
        from chainrule.export import from_torch

        nn = torch.nn
        inner = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Dropout(0.5), nn.Softsign(), nn.Identity())
        outer = nn.Sequential(
            nn.Linear(3, 4), inner, nn.Linear(4, 4), nn.Linear(4, 2), nn.Softmax(1)
        ).double()
        net = from_torch(outer)
        assert net.activations == ("identity", "softsign", "identity") and net.output == "softmax"
        X = np.random.default_rng(0).normal(size=(9, 3))
        np.testing.assert_allclose(net(X), outer.eval()(torch.tensor(X)).detach().numpy(), rtol=1e-12)
        inner[0].weight.data[:] = 0  # copied
        assert net.weights[1].any()

    @pytest.mark.parametrize(
        ("make", "error", "message"),
        [
            (lambda nn: nn.Linear(2, 1), TypeError, "takes a torch.nn.Sequential, got Linear"),
            (lambda nn: nn.Sequential(), ValueError, "no Linear module"),
            (lambda nn: nn.Sequential(nn.Tanh(), nn.Linear(2, 1)), ValueError, r"\[0\] is Tanh\(\)"),
            (
                lambda nn: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Tanh(), nn.Linear(3, 1)),
                ValueError, r"sequential\[2\] is Tanh\(\): an activation must follow",
            ),
            (
                lambda nn: nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3))),
                TypeError, r"sequential\[1\]\[0\] is BatchNorm1d; known are Linear, Dropout, Iden",
            ),
            (
                lambda nn: nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(0.2)),
                ValueError, r"LeakyReLU\(negative_slope=0.2\); chainrule has it for 0.01 alone",
            ),
            (
                lambda nn: nn.Sequential(nn.Linear(2, 3), nn.GELU("tanh")), ValueError, "approximate='tanh'",
            ),
            (
                lambda nn: nn.Sequential(nn.Linear(2, 3), nn.Softplus(threshold=5)), ValueError, "threshold=5"
            ),
            (
                lambda nn: nn.Sequential(nn.Linear(2, 3), nn.Softmax(1), nn.Linear(3, 1)),
                ValueError, "softmax is an activation of the last layer only",
            ),
            (lambda nn: nn.Sequential(nn.Linear(2, 3).half()), TypeError, r"\[0\] holds torch.float16"),
            (
                lambda nn: nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1).double()),
                ValueError, "float32 and float64; a Network has one type",
            ),
            (
                lambda nn: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(2, 1))),
                TypeError, "ParametrizedLinear",
            ),
            (lambda nn: nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)), ValueError, "do not make a chain"),
            (lambda nn: nn.Sequential(nn.Linear(2, 3), nn.Conv1d(1, 1, 1)), TypeError, "is Conv1d"),
            (lambda nn: nn.Sequential(nn.Linear(2, 3, device="meta")), ValueError, "the device meta"),
        ],
    )  # fmt: skip
    def test_what_is_not_known_is_named(self, make, error, message):
        torch = pytest.importorskip("torch")
        from chainrule.export import from_torch

        with pytest.raises(error, match=message) as raised:
            from_torch(make(torch.nn))
        assert "\n" not in str(raised.value)

    def test_hooks_are_refused(self):
        torch = pytest.importorskip("torch")
        from chainrule.export import from_torch

        hooked = torch.nn.Sequential(torch.nn.Linear(2, 1))
        hooked[0].register_forward_hook(lambda module, given, found: 2 * found)
        with pytest.raises(ValueError, match=r"sequential\[0\] \(Linear\) has hooks"):
            from_torch(hooked)


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


class TestJax:
    @pytest.mark.parametrize("name", CASES)
    def test_values_and_derivatives_are_those_of_the_plan(self, name, jax):
        from chainrule.export import to_jax

        plan, rows = rows_off_edges(name)
        f, params = to_jax(case(name).model)
        f = jax.jit(f)
        assert len(params) == len(plan.networks) and params[0][0][0].dtype == plan.dtype
        J = jax.jit(jax.vmap(jax.jacobian(f, 1), (None, 0)))(params, rows)
        agree(plan, rows, np.asarray(f(params, rows)), np.asarray(J))
        np.testing.assert_allclose(f(params, rows[3]), f(params, rows)[3], rtol=1e-4)
        for wrong in (rows[:, :-1], np.hstack([rows, rows]), rows[0, 0]):  # JAX would read another column
            with pytest.raises(ValueError, match=f"takes {rows.shape[1]} columns, got"):
                f(params, wrong)

    def test_parameters_can_be_learned(self, jax):
        from chainrule.export import to_jax

        f, params = to_jax(case("classifier").model)
        slopes = jax.grad(lambda params: f(params, np.ones(4))[0])(params)
        assert [each.shape for each in jax.tree.leaves(slopes)] == [
            each.shape for each in jax.tree.leaves(params)
        ]
        assert any(each.any() for each in jax.tree.leaves(slopes))

    def test_single_precision_is_said(self, jax):
        from chainrule.export import to_jax

        jax.config.update("jax_enable_x64", False)
        with pytest.warns(UserWarning, match="JAX computes in single precision here"):
            f, params = to_jax(case("classifier").model)
        known = case("classifier")
        np.testing.assert_allclose(f(params, known.rows), known.predicted, atol=1e-5)
        to_jax(case("network in float32").model)  # nothing is lost


class TestCasadi:
    @pytest.mark.parametrize("name", CASES)
    @pytest.mark.parametrize("symbols", ["SX", "MX"])
    def test_values_and_derivatives_are_those_of_the_plan(self, name, symbols):
        pytest.importorskip("casadi")
        from chainrule.export import to_casadi

        plan, rows = rows_off_edges(name)
        f = to_casadi(case(name).model, symbols=symbols)
        values, J = with_casadi(f, rows)
        agree(plan, rows, values, J)

    def test_names_and_symbols(self):
        ca = pytest.importorskip("casadi")
        from chainrule.export import to_casadi

        net = Network((3, 4, 2), "gelu", "softmax", random_state=0)
        assert repr(to_casadi(net, name="plant")) == "Function(plant:(x[3])->(y[2]) MXFunction)"
        f = to_casadi(net)
        for kind in (ca.SX, ca.MX):
            x = kind.sym("x", 3)
            g = ca.Function("g", [x], [ca.hessian(f(x)[0], x)[0]])
            H = net.input_hessian([[0.1, 0.2, 0.3]])[0, 0]
            np.testing.assert_allclose(np.array(g([0.1, 0.2, 0.3])), H, rtol=1e-9)
        with pytest.raises(ValueError, match="symbols is 'DM'; accepted are"):
            to_casadi(net, symbols="DM")
        for name in ("a b", "jac", "a__b", 3):
            with pytest.raises(ValueError, match="is no name of a Function: letters") as raised:
                to_casadi(net, name=name)
            assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("name", OUTPUTS)
    def test_no_activation_overflows_or_has_another_slope_at_0(self, name):
        pytest.importorskip("casadi")
        from chainrule.export import to_casadi

        q = np.array([-1e3, -700.0, -30.0, -1e-9, 0.0, 1e-9, 30.0, 700.0, 1e3])
        q = q[np.abs(q) < 600] if name == "exp" else q
        net = Network.from_weights([np.ones((1, 1))], [np.zeros(1)], output=name)
        if name == "softmax":
            net = Network.from_weights([np.array([[1.0, -1.0, 0.5]])], [np.zeros(3)], output=name)
        values, J = with_casadi(to_casadi(net, symbols="SX"), q[:, None])
        np.testing.assert_allclose(values, net(q[:, None]), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(J, net.jacobian(q[:, None]), rtol=1e-9, atol=1e-14)


def with_casadi(f, rows):
    derivative = f.jacobian()
    values = np.array([np.array(f(row)).ravel() for row in rows])
    return values, np.array([np.array(derivative(row, 0)) for row in rows])


@pytest.mark.parametrize("seed", range(12))
def test_plans_drawn_at_random(seed, monkeypatch):
    """All that a plan may hold, by the parts of each format that read a plan."""
    plan = random_plan(seed)
    rows = as_numbers(plan, random_cells(plan))
    for column in plan.numeric:
        rows[:, column] += 1e-6
    for library in ("torch", "casadi", "jax"):
        pytest.importorskip(library)
    import jax

    from chainrule.export import _casadi, _jax
    from chainrule.export._torch import _to_torch

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    for module in (_casadi, _jax):
        monkeypatch.setattr(module, "plan_of", lambda plan: plan)
    try:
        f, params = _jax.to_jax(plan)
        f = jax.jit(f)  # else each step of it is compiled by itself
        J = jax.jit(jax.vmap(jax.jacobian(f, 1), (None, 0)))(params, rows)
        agree(plan, rows, np.asarray(f(params, rows)), np.asarray(J))
    finally:
        jax.config.update("jax_enable_x64", before)
    agree(plan, rows, *with_torch(_to_torch.TableModule(plan), rows))
    for symbols in ("SX", "MX"):
        agree(plan, rows, *with_casadi(_casadi.to_casadi(plan, symbols), rows))


def cube(q):
    return q**3


REFUSED = {
    "not fitted": (MLPRegressor(), NotFittedError, "not fitted"),
    "another's": (Ridge(), TypeError, "got sklearn.Ridge"),
    "own activation": (
        Network((2, 3, 1), Activation("cube", cube, lambda q: 3 * q**2, lambda q: 6 * q)),
        ValueError, "'cube'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("library", ["torch", "jax", "casadi"])
@pytest.mark.parametrize("model, error, message", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_exported_is_named(library, model, error, message):
    pytest.importorskip(library)
    import chainrule.export

    with pytest.raises(error, match=message) as raised:
        getattr(chainrule.export, f"to_{library}")(model)
    assert "\n" not in str(raised.value)


LACKING = """
import sys
sys.modules["{library}"] = None
import chainrule.export
try:
    chainrule.export.{name}
except ModuleNotFoundError as error:
    sys.exit(str(error) != "chainrule.export.{name} needs {library}: pip install 'chainrule[export]'")
"""


@pytest.mark.parametrize(
    ("name", "library"),
    [("to_torch", "torch"), ("from_torch", "torch"), ("to_jax", "jax"), ("to_casadi", "casadi")],
)
def test_a_library_that_is_lacking_is_named(name, library):
    program = LACKING.format(name=name, library=library)
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
