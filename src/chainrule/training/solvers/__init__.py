"""Solvers, one a file: adding one is a file here, its name below and a row in the table."""

from chainrule._public import publish
from chainrule.training.solvers._adam import Adam
from chainrule.training.solvers._lbfgs import LBFGS
from chainrule.training.solvers._levenberg_marquardt import LevenbergMarquardt
from chainrule.training.solvers._posterior import Posterior
from chainrule.training.solvers._sgd import SGD
from chainrule.training.solvers._solver import Solver

SOLVERS: dict[str, type[Solver]] = {kind.name: kind for kind in (Adam, SGD, LBFGS, LevenbergMarquardt)}
"""Every solver by its name."""


def as_solver(given: object) -> Solver:
    """Return the solver, Adam for None; TypeError for anything else."""
    if given is None:
        return Adam()
    if not isinstance(given, Solver):
        kinds = ", ".join(kind.__name__ for kind in SOLVERS.values())
        raise TypeError(f"solver must be one of {kinds}, made with their settings, got {given!r}")
    return given


__all__ = ["LBFGS", "SGD", "SOLVERS", "Adam", "LevenbergMarquardt", "Posterior", "Solver", "as_solver"]

publish(globals())
