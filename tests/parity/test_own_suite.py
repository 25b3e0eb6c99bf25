"""scikit-learn's own tests of its MLP, as installed, run against our classes."""

import importlib.util
import sys
from types import ModuleType

import pytest
from sklearn import neural_network

from . import private_names


def load_suite() -> ModuleType:
    """Load a copy of scikit-learn's test module that imports our classes in place of its own."""
    spec = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neural_network, "MLPClassifier", private_names.MLPClassifier)
        patch.setattr(neural_network, "MLPRegressor", private_names.MLPRegressor)
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
    return module


pytestmark = pytest.mark.filterwarnings("ignore")  # as scikit-learn runs it
SUITE = load_suite()
TESTS = {name: test for name, test in vars(SUITE).items() if name.startswith("test_")}
globals().update(TESTS)


@pytest.fixture
def global_random_seed() -> int:
    """scikit-learn's fixture of that name, with its default."""
    return 42


def test_nothing_of_the_suite_is_missing() -> None:
    assert len(TESTS) == 43  # 59 cases
