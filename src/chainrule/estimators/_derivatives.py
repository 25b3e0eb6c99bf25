"""Derivatives of a fitted model: ∂output/∂feature, at rows and averaged over them."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.utils.validation import check_is_fitted, validate_data

from chainrule.estimators._in_memory import refuse_dask
from chainrule.estimators._numbers import reading_numbers
from chainrule.estimators._sensitivities import Sensitivities, sums_of
from chainrule.network import Network

Array = NDArray[Any]

# Numbers of a Jacobian that sensitivities average at a time.
_CHUNK = 2**21


class DerivativesMixin:
    """∂output/∂feature of a fitted estimator."""

    network_: Network

    @abstractmethod
    def _output_names(self) -> list[str]:
        """Names of what `jacobian` differentiates."""

    def _differentiated(self, of: str) -> Network:
        """The network whose outputs are meant."""
        if of not in self._KINDS:
            raise ValueError(f"of is {of!r}; accepted are {', '.join(map(repr, self._KINDS))}")
        net = self.network_
        if of != "logits":
            return net
        return Network.from_weights(net.weights, net.biases, net.activations, "identity", net.dtype)

    _KINDS: tuple[str, ...] = ("predictions",)

    def _as_predicted(self, J: Array) -> Array:
        """From ∂(outputs of the network) to ∂(what is predicted)."""
        return J

    def _rows(self, X: Any) -> Any:
        """X as scikit-learn checks it; of a plain array of the right kind that takes a glance."""
        check_is_fitted(self, "network_")
        if self._is_plain(X) and (get_config()["assume_finite"] or _has_finite_sum(X)):
            return X
        refuse_dask(self, X=X)
        with reading_numbers(X):
            return validate_data(
                self, X, reset=False, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32)
            )

    def _is_plain(self, X: Any) -> bool:
        return (
            type(X) is np.ndarray
            and X.dtype in (np.float64, np.float32)
            and X.ndim == 2
            and len(X) > 0
            and X.shape[1] == self.network_.layer_sizes[0]
            and not hasattr(self, "feature_names_in_")
        )

    def _jacobian(self, X: Any, of: str) -> Array:
        rows = self._rows(X)
        J = self._differentiated(of).jacobian(rows)
        return J if of == "logits" else self._as_predicted(J)

    def _sensitivities(self, X: Any, of: str) -> Sensitivities:
        return Sensitivities.of_sums(*self._sums_of_jacobians(X, of), *self._names_of_jacobian(of))

    def _sums_of_jacobians(self, X: Any, of: str) -> tuple[Array, int]:
        """What sensitivities are made of: Σ J, Σ |J|, Σ J² over rows (3, n_outputs, n_features), how many."""
        rows = self._rows(X)
        net = self._differentiated(of)
        step = max(1, _CHUNK // (net.layer_sizes[0] * net.layer_sizes[-1]))

        def chunks() -> Iterator[Array]:
            for first in range(0, rows.shape[0], step):
                J = net.jacobian(rows[first : first + step])
                yield J if of == "logits" else self._as_predicted(J)

        return sums_of(chunks())

    def _names_of_jacobian(self, of: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Features and outputs."""
        net, outputs = self._differentiated(of), self._output_names()
        if of == "logits" and len(outputs) != net.layer_sizes[-1]:
            outputs = [f"logit of {outputs[-1]}"]
        features = getattr(self, "feature_names_in_", [f"x{j}" for j in range(net.layer_sizes[0])])
        return tuple(map(str, features)), tuple(outputs)


def _has_finite_sum(X: Array) -> bool:
    """Whether all numbers are finite for certain: one that is not shows in the sum."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(X.sum()))
