"""Fitted attributes, as scikit-learn names them: views of the network and of the state of training."""

from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike, NDArray

from chainrule.network import Network
from chainrule.training import History, TrainingState

Array = NDArray[Any]


class FittedAttributes:
    """Attributes that scikit-learn's networks have after `fit`."""

    network_: Network
    _state: TrainingState

    @property
    def coefs_(self) -> list[Array]:
        """The matrices W_l, views into η of `network_`; assigned arrays, one or all, are copied into it."""
        return self._fitted_network("coefs_").weights

    @coefs_.setter
    def coefs_(self, matrices: Iterable[ArrayLike]) -> None:
        self._fitted_network("coefs_").weights = matrices

    @property
    def intercepts_(self) -> list[Array]:
        """The biases b_l, views into η of `network_`; assigned arrays, one or all, are copied into it."""
        return self._fitted_network("intercepts_").biases

    @intercepts_.setter
    def intercepts_(self, vectors: Iterable[ArrayLike]) -> None:
        self._fitted_network("intercepts_").biases = vectors

    @property
    def n_layers_(self) -> int:
        """Number of layers, inputs and outputs included."""
        return len(self._fitted_network("n_layers_").layer_sizes)

    @property
    def n_outputs_(self) -> int:
        """Number of outputs of the network."""
        return self._fitted_network("n_outputs_").layer_sizes[-1]

    @property
    def out_activation_(self) -> str:
        """Name of the output's function."""
        return self._fitted_network("out_activation_").output

    @property
    def history_(self) -> History:
        """Loss, score, learning rate and time of each epoch, as an immutable table."""
        return self._fitted_state("history_").history()

    @property
    def n_iter_(self) -> int:
        """Epochs (or iterations) of the last fit."""
        return self._fitted_state("n_iter_").n_iter

    @property
    def t_(self) -> int:
        """Number of rows learnt from since the first fit, repetitions included."""
        return self._fitted_state("t_").samples_seen

    @property
    def loss_(self) -> float:
        """Loss of the last epoch; of the solution for lbfgs, and for lm that had nothing to do."""
        state = self._fitted_state("loss_")
        if state.solver is None or not state.n_iter:  # nor did Levenberg-Marquardt find a step to take
            return state.best_loss
        return state.epochs[-1].loss

    @property
    def loss_curve_(self) -> list[float]:
        """Loss of each epoch."""
        return [row.loss for row in self._minibatch_state("loss_curve_").epochs]

    @property
    def best_loss_(self) -> float | None:
        """Smallest loss of an epoch; None with early stopping."""
        state = self._minibatch_state("best_loss_")
        return state.best_loss if state.best_parameters is None else None

    @property
    def validation_scores_(self) -> list[float] | None:
        """Validation score of each epoch; None without early stopping."""
        state = self._minibatch_state("validation_scores_")
        return None if state.best_parameters is None else [row.validation_score for row in state.epochs]

    @property
    def best_validation_score_(self) -> float | None:
        """Best validation score; None without early stopping."""
        state = self._minibatch_state("best_validation_score_")
        return None if state.best_parameters is None else state.best_score

    def _fitted_network(self, name: str) -> Network:
        if "network_" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r} before fit")
        return self.network_

    def _fitted_state(self, name: str) -> TrainingState:
        self._fitted_network(name)
        return self._state

    def _minibatch_state(self, name: str) -> TrainingState:
        state = self._fitted_state(name)
        if state.solver is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r} after lbfgs")
        return state
