"""What must be the same in all processes that learn together, or their sums would have other bits."""

import os
import platform

import numpy as np
import scipy

import chainrule
from chainrule.estimators._by_group import Asked
from chainrule.network import Inputs
from chainrule.network._team import Team
from chainrule.training import Evaluator, InMemory, digest

__all__ = ["probe", "processor", "versions"]

_PROBE_ROWS = 256


def probe(asked: Asked, team: Team) -> str:
    """Return a digest of one gradient over rows that are the same everywhere."""
    net = asked.net
    random = np.random.RandomState(0)
    X = random.standard_normal((_PROBE_ROWS, net.layer_sizes[0])).astype(net.dtype)
    Y = np.zeros((_PROBE_ROWS, net.layer_sizes[-1]), net.dtype)
    Y[np.arange(_PROBE_ROWS), np.arange(_PROBE_ROWS) % Y.shape[1]] = 1
    eta = (0.1 * random.standard_normal(net.layout.n_parameters)).astype(net.dtype)
    source = InMemory(Inputs.of(X, net.dtype), Y, np.empty(0, net.dtype), _PROBE_ROWS)
    return str(digest(Evaluator(net, asked.loss, source).tree("gradient", (eta,), None, team).total()))


def versions() -> dict[str, str]:
    """Return what must be the same on all of them."""
    import numba

    from chainrule.kernels._cache import source_stamp

    return {
        "chainrule": chainrule.__version__, "kernels": source_stamp(), "numpy": np.__version__,
        "scipy": scipy.__version__, "numba": numba.__version__, "python": platform.python_version(),
    }  # fmt: skip


def processor() -> str:
    """Return for which processor kernels are compiled."""
    import llvmlite.binding as llvm

    return os.environ.get("NUMBA_CPU_NAME") or str(llvm.get_host_cpu_name())
