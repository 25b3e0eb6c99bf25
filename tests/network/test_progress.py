"""Bars for long work: what is done is counted, and the results are those without a bar."""

import sys

import numpy as np
import pytest

from chainrule import Network

NET = Network((3, 8, 2), random_state=0)
X = np.random.default_rng(0).normal(size=(5_000, 3))
Y = np.zeros((5_000, 2))
CALLS = {
    "jacobian": lambda at, **bar: at.jacobian(**bar),
    "input_hessian": lambda at, **bar: at.input_hessian(**bar),
    "parameter_jacobian": lambda at, **bar: at.parameter_jacobian(**bar),
    "sample_gradients": lambda at, **bar: at.sample_gradients(Y, "half_squared_error", **bar),
    "tangent_kernel": lambda at, **bar: at.tangent_kernel(X[:2], trace_outputs=True, **bar),
    "to_array": lambda at, **bar: at.hessian(Y, "half_squared_error").to_array(**bar),
}


class Over:
    """The network's own methods at X."""

    def __getattr__(self, name):
        return lambda *arguments, **options: getattr(NET, name)(X, *arguments, **options)


@pytest.mark.parametrize("make", [lambda: NET.at(X), Over], ids=["kept", "piece by piece"])
@pytest.mark.parametrize("name", CALLS)
def test_a_bar_counts_the_samples_and_changes_nothing(name, make, capsys):
    expected = CALLS[name](make())
    assert capsys.readouterr() == ("", "")
    shown = CALLS[name](make(), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert name in err
    assert "5000/5000" in err
    np.testing.assert_allclose(shown, expected, rtol=1e-12, atol=1e-14)


def test_a_bar_ends_with_an_error(capsys):
    spoilt = X.copy()
    spoilt[4_999, 1] = np.nan
    with pytest.raises(ValueError, match=r"X holds nan at \[4999, 1\]"):
        NET.jacobian(spoilt, progress=True)
    NET.jacobian(X, progress=True)  # rich allows one live bar at a time
    assert "5000/5000" in capsys.readouterr().err


def test_without_rich_it_says_what_to_install(monkeypatch):
    for module in [name for name in sys.modules if name.split(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[cli\]'"):
        NET.jacobian(X, progress=True)
