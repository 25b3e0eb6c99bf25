"""Methods that learn, each as its makers would have it used, all from the same η and before the same watch.

A method is a function of a task: it imports its library (`ImportError` leaves it out), makes ready what does
not depend on η, and returns a function of a network and a `Watch` that learns until the watch says enough. A
name is that of the column and, after a comma, of the form: a column shows the fastest of its forms.
"""

from collections.abc import Callable
from functools import partial

from benchmarks.learners import with_chainrule, with_optimistix, with_pyrenn, with_scikit_learn, with_scipy
from benchmarks.learners import with_torch as torch
from benchmarks.learners.task import Task
from benchmarks.learners.watch import Watch
from chainrule import Network

Learn = Callable[[Network, Watch], None]

METHODS: dict[str, Callable[[Task], Learn]] = {
    "chainrule lm": with_chainrule.levenberg_marquardt,
    "chainrule lm unaccelerated": partial(with_chainrule.levenberg_marquardt, acceleration=0),
    "chainrule lbfgs": with_chainrule.lbfgs,
    "scikit-learn lbfgs": with_scikit_learn.lbfgs,
    "scikit-learn adam, 1e-2": partial(with_scikit_learn.adam, rate=1e-2),
    "scikit-learn adam, 1e-3": partial(with_scikit_learn.adam, rate=1e-3),
    "PyTorch Adam, 1e-2": partial(torch.adam, rate=1e-2),
    "PyTorch Adam, 1e-3": partial(torch.adam, rate=1e-3),
    "PyTorch LBFGS": torch.lbfgs,
    "torch-levenberg-marquardt, cholesky": partial(torch.levenberg_marquardt, solve="cholesky"),
    "torch-levenberg-marquardt, qr": partial(torch.levenberg_marquardt, solve="qr"),
    "SciPy lm": partial(with_scipy.least_squares, method="lm"),
    "SciPy trf": partial(with_scipy.least_squares, method="trf"),
    "optimistix, QR": partial(with_optimistix.levenberg_marquardt, normal=False),
    "optimistix, normal equations": partial(with_optimistix.levenberg_marquardt, normal=True),
    "pyrenn": with_pyrenn.levenberg_marquardt,
}
OURS = "chainrule lm"


def column(method: str) -> str:
    """The method without its form."""
    return method.split(",")[0]
