"""What a fit leaves beside the weights, as plain values: state of training, covariance, history."""

from dataclasses import fields
from typing import Any, get_args

import numpy as np

from chainrule.io._expect import Kept
from chainrule.io._parameters import solver_from_values, solver_values
from chainrule.network import Network
from chainrule.training import History, Posterior, Scaling, TrainingState
from chainrule.training._state import EpochRow, StopReason

__all__ = [
    "history_from_values",
    "history_values",
    "posterior_from_values",
    "posterior_values",
    "state_from_values",
    "state_values",
]

_STATE = tuple(each.name for each in fields(TrainingState))
_SCALING = tuple(each.name for each in fields(Scaling))
_POSTERIOR = tuple(each.name for each in fields(Posterior))
_HISTORY = tuple(each.name for each in fields(History))
_REASONS = get_args(StopReason)


def state_values(state: TrainingState) -> dict[str, Any]:
    """Return what a file keeps of the state of training."""
    values = {name: getattr(state, name) for name in _STATE}
    values["solver"] = None if state.solver is None else solver_values(state.solver)
    values["epochs"] = np.array(state.epochs, dtype=np.float64).reshape(-1, len(EpochRow._fields))
    return values


def state_from_values(values: object, network: Network) -> TrainingState:
    """Return the state of training of a network; ValueError for what is none, or another network's."""
    kept = Kept(values, "the state of training", _STATE)
    rows = kept.array("epochs", (None, len(EpochRow._fields)), finite=False)
    state = TrainingState(
        solver=solver_from_values(kept.plain("solver")) if kept.given("solver") else None,
        settings=kept.array("settings", (None,)),
        moments=kept.array("moments", (None,)),
        n_iter=kept.count("n_iter"),
        samples_seen=kept.count("samples_seen"),
        no_improvement=kept.count("no_improvement"),
        best_loss=kept.number("best_loss", finite=False),
        best_score=kept.number("best_score", finite=False),
        scored_by=kept.text("scored_by", ("score", "loss")),
        epochs=[EpochRow(*row) for row in rows.tolist()],
        stop_reason=kept.text("stop_reason", _REASONS),  # type: ignore[arg-type]
        message=kept.text("message"),
        alpha=kept.number("alpha"),
        effective=kept.number("effective", finite=False),
        log_evidence=kept.number("log_evidence", finite=False),
        settled=kept.flag("settled"),
    )
    if kept.given("best_parameters"):
        state.best_parameters = kept.array("best_parameters", (network.n_parameters,)).astype(network.dtype)
    _check_memory(state, network, kept)
    return state


def _check_memory(state: TrainingState, network: Network, kept: Kept) -> None:
    """Raise ValueError unless a solver that goes on finds its memory as long as its kernel takes it to be."""
    n_moments = getattr(type(state.solver), "n_moments", 0)
    n_settings = len(state.solver.settings(0.0)) if n_moments else 0
    if state.moments.shape != (n_moments * network.n_parameters,):
        raise kept.fault("moments", f"{n_moments} vectors of {network.n_parameters} numbers")
    if state.settings.shape != (n_settings,) or state.settings.dtype != np.float64:
        raise kept.fault("settings", f"{n_settings} numbers")
    if n_moments and state.moments.dtype != network.dtype:
        raise kept.fault("moments", f"of {network.dtype}")
    if state.solver is not None and state.n_iter > len(state.epochs):
        raise kept.fault("n_iter", f"at most the {len(state.epochs)} epochs there are")


def posterior_values(posterior: Posterior | None) -> dict[str, Any] | None:
    """Return what a file keeps of a covariance."""
    if posterior is None:
        return None
    values = {name: getattr(posterior, name) for name in _POSTERIOR}
    scaling = posterior.scaling
    values["scaling"] = None if scaling is None else {name: getattr(scaling, name) for name in _SCALING}
    return values


def posterior_from_values(values: object, network: Network) -> Posterior | None:
    """Return the covariance of a network's parameters; ValueError for what is none, or another network's."""
    if values is None:
        return None
    kept = Kept(values, "the covariance", _POSTERIOR)
    P = network.n_parameters
    return Posterior(
        factor=kept.array("factor", (P, P)),
        noise=kept.number("noise", finite=False),
        effective=kept.number("effective"),
        residuals=kept.number("residuals"),
        scaling=_scaling(kept.plain("scaling"), network) if kept.given("scaling") else None,
    )


def _scaling(values: object, network: Network) -> Scaling:
    kept = Kept(values, "the scaling", _SCALING)
    inputs, outputs = (network.layer_sizes[0],), (network.layer_sizes[-1],)
    return Scaling(
        centre=kept.array("centre", inputs),
        spread=kept.array("spread", inputs),
        target_centre=kept.array("target_centre", outputs),
        target_spread=kept.array("target_spread", outputs),
        error_unit=kept.number("error_unit"),
    )


def history_values(history: History) -> dict[str, Any]:
    """Return what a file keeps of a history."""
    return {name: getattr(history, name) for name in _HISTORY}


def history_from_values(values: object) -> History:
    """Return a history; ValueError for what is none."""
    kept = Kept(values, "the history", _HISTORY)
    n = len(kept.array("loss", (None,), finite=False))
    columns = {
        name: kept.array(name, (n,), finite=False) if kept.given(name) else None
        for name in _HISTORY
        if name != "stop_reason"
    }
    if columns["learning_rate"] is None or columns["seconds"] is None:
        raise ValueError("the history lacks learning_rate or seconds")
    return History(**columns, stop_reason=kept.text("stop_reason", _REASONS))  # type: ignore[arg-type]
