"""Feed-forward network F(x, η): its architecture, η, error and gradient."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from chainrule.calculus import augment
from chainrule.network import _checks as checks
from chainrule.network import _passes as passes
from chainrule.network._activation import Activation
from chainrule.network._architecture import Architecture
from chainrule.network._initialise import as_random_state, draw_parameters
from chainrule.network._input_derivatives import InputDerivatives
from chainrule.network._inputs import Samples
from chainrule.network._layout import ParameterLayout
from chainrule.network._objective import Objective
from chainrule.network._parameter_arrays import ParameterArrays
from chainrule.network._parameter_derivatives import ParameterDerivatives

Array = NDArray[Any]


class Network(InputDerivatives, ParameterDerivatives):
    """A multilayer perceptron F(x, η) = F_L ∘ … ∘ F_1, F_l(z) = σ_l(z W_l + b_l).

    Parameters
    ----------
    layer_sizes : sequence of int
        Widths from inputs to outputs; two sizes make a network without hidden layers.
    activation : str, Activation or sequence of these, default="tanh"
        σ of the hidden layers, one for all or one for each; `chainrule.calculus.ACTIVATIONS` lists the
        names, `chainrule.Activation` makes others.
    output : str, default="identity"
        σ_L: any activation, "exp", or "softmax" (over all outputs of a sample).
    dtype : {float64, float32}, default=float64
        Type of η and of all that is computed.
    random_state : int, RandomState or None, default=None
        Source of the random initial η: uniform in ±√(6 / (fan_in + fan_out)), with 2 in place
        of 6 if all hidden layers are logistic; the same numbers as scikit-learn.

    Raises
    ------
    ValueError
        For sizes <= 0, names or types that are not known.

    Examples
    --------
    >>> net = Network((3, 8, 2), activation="tanh", random_state=0)
    >>> net
    Network((3, 8, 2), activation='tanh', output='identity', dtype=float64): 50 parameters
    >>> net([[0.1, 0.2, 0.3]]).shape
    (1, 2)
    """

    def __init__(
        self,
        layer_sizes: Iterable[int],
        activation: checks.Activations = "tanh",
        output: str = "identity",
        dtype: DTypeLike = np.float64,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self._describe(layer_sizes, activation, output, dtype)
        named = {activation} if isinstance(activation, str) else set(self.activations)
        drawn = draw_parameters(self.layout, named == {"logistic"}, as_random_state(random_state))
        self._parameters = drawn.astype(self.dtype, copy=False)

    def _describe(
        self, layer_sizes: Iterable[int], activation: checks.Activations, output: str, dtype: DTypeLike
    ) -> None:
        sizes = checks.as_layer_sizes(layer_sizes)
        self._architecture = Architecture(
            sizes,
            checks.as_activations(activation, len(sizes) - 2),
            checks.as_output(output),
            checks.as_float_type(dtype),
        )

    @classmethod
    def from_weights(
        cls,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        activation: checks.Activations = "tanh",
        output: str = "identity",
        dtype: DTypeLike = np.float64,
    ) -> "Network":
        """Build a network from given matrices and biases, which are copied.

        Parameters
        ----------
        weights : sequence of array of shape (fan_in, fan_out)
            The layout of scikit-learn's ``coefs_``.
        biases : sequence of array of shape (fan_out,)
        activation, output, dtype
            As for `Network`.

        Raises
        ------
        ValueError, TypeError
            If the shapes do not make a chain (both are named), or for NaN, infinity or no numbers.

        Examples
        --------
        >>> Network.from_weights([[[2.0]]], [[1.0]])([[3.0]])
        array([[7.]])
        """
        kind = checks.as_float_type(dtype)
        matrices = [checks.as_numbers(W, f"weights[{layer}]", kind) for layer, W in enumerate(weights)]
        offsets = [checks.as_numbers(b, f"biases[{layer}]", kind) for layer, b in enumerate(biases)]
        net = cls.__new__(cls)
        net._describe(_chained_sizes(matrices, offsets), activation, output, dtype)
        net._parameters = np.empty(net.n_parameters, dtype=net.dtype)
        for view, given in zip(net.weights + net.biases, matrices + offsets, strict=True):
            view[:] = given
        return net

    @classmethod
    def from_augmented(
        cls,
        matrices: Sequence[ArrayLike],
        activation: checks.Activations = "tanh",
        output: str = "identity",
        dtype: DTypeLike = np.float64,
    ) -> "Network":
        """Build a network from matrices Â = [[1, 0], [b, A]], which hold the biases as a column (N15).

        Parameters
        ----------
        matrices : sequence of array of shape (fan_out + 1, fan_in + 1)
            Output last, A as in the notes: the transpose of `weights`.
        activation, output, dtype
            As for `Network`.

        Raises
        ------
        ValueError, TypeError
            If a first row is not 1, 0, …, 0; as `from_weights`.

        Examples
        --------
        >>> Network.from_augmented([[[1.0, 0.0], [1.0, 2.0]]])([[3.0]])
        array([[7.]])
        """
        kind = checks.as_float_type(dtype)
        parts = [
            checks.as_augmented(matrix, f"matrices[{layer}]", kind) for layer, matrix in enumerate(matrices)
        ]
        return cls.from_weights([A.T for A, _ in parts], [b for _, b in parts], activation, output, dtype)

    @property
    def augmented_weights(self) -> list[Array]:
        """The Â_l = [[1, 0], [b_l, A_l]] (fan_out + 1, fan_in + 1), copies: Â [1; x] = [1; A x + b] (N15)."""
        return [augment(W.T, b) for W, b in zip(self.weights, self.biases, strict=True)]

    @property
    def architecture(self) -> Architecture:
        """Sizes, functions and type, without the parameters."""
        return self._architecture

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Widths from inputs to outputs."""
        return self._architecture.layer_sizes

    @property
    def activations(self) -> tuple[str | Activation, ...]:
        """σ of each hidden layer: its name, or an activation of one's own."""
        return self._architecture.activations

    @property
    def output(self) -> str:
        """Name of the output's σ."""
        return self._architecture.output

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of η and of all that is computed."""
        return self._architecture.dtype

    @property
    def layout(self) -> ParameterLayout:
        """Where each weight and bias stands in η."""
        return self._architecture.layout

    @property
    def n_parameters(self) -> int:
        """P, the length of η."""
        return self.layout.n_parameters

    @property
    def parameters(self) -> Array:
        """η (P,): all matrices row by row, then all biases. Writable; what is assigned is copied in."""
        return self._parameters

    @parameters.setter
    def parameters(self, values: ArrayLike) -> None:
        given = checks.as_numbers(values, "parameters", self.dtype)
        if given.shape != (self.n_parameters,):
            raise ValueError(
                f"parameters has shape {given.shape}, "
                f"a network of {self.layer_sizes} takes ({self.n_parameters},)"
            )
        self._parameters[:] = given

    @property
    def weights(self) -> list[Array]:
        """The W_l (fan_in, fan_out), views into η. What is assigned, to all or to one, is copied in.

        >>> net = Network((1, 1), random_state=0)
        >>> net.weights[0] = [[2.0]]
        >>> net.biases = [[1.0]]
        >>> net([[3.0]])
        array([[7.]])
        """
        return ParameterArrays([block.view(self._parameters) for block in self.layout.weights], "weights")

    @weights.setter
    def weights(self, matrices: Iterable[ArrayLike]) -> None:
        self.weights[:] = matrices  # type: ignore[assignment]

    @property
    def biases(self) -> list[Array]:
        """The b_l (fan_out,), views into η. What is assigned, to all or to one, is copied in."""
        return ParameterArrays([block.view(self._parameters) for block in self.layout.biases], "biases")

    @biases.setter
    def biases(self, vectors: Iterable[ArrayLike]) -> None:
        self.biases[:] = vectors  # type: ignore[assignment]

    def __call__(self, X: Samples) -> Array:
        """Evaluate F(x, η) for every row x of X.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)

        Raises
        ------
        ValueError, TypeError
            If X has another shape, or holds NaN, infinity or no numbers.
        """
        return passes.evaluate(
            self._architecture, self._parameters, checks.as_inputs(X, self.layer_sizes[0], self.dtype)
        )

    def error(
        self, X: Samples, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return E(η) = Σ w_i E_i / Σ w_i, the average error over the samples (N2, N14).

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : array of shape (n_samples, n_outputs), or (n_samples,)
            The right answers; a vector for one output, or class indices for cross entropy over several.
        loss : str, optional
            "sum_squared_error", "half_squared_error", "huber", "quantile", "cross_entropy" or "poisson". May
            be left out for softmax, logistic and exp outputs. "quantile(0.9)" is the pinball loss of that
            level, "quantile(0.1, 0.9)" of one level for each output, "quantile" that of the median; where an
            output equals its answer the derivative is that from the right.
        sample_weight : array of shape (n_samples,), optional

        Returns
        -------
        float

        Raises
        ------
        ValueError, TypeError
            For a loss that does not go with the output, shapes that do not fit, labels outside the
            classes, NaN.

        Examples
        --------
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.error([[3.0]], [5.0], loss="sum_squared_error")
        4.0
        """
        objective = self._objective(X, y, loss, sample_weight)
        return objective.error_sum(self._parameters) / objective.total

    def gradient(
        self, X: Samples, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> Array:
        """Return ∂E/∂η of the average error, by backpropagation: the chain multiplied from the left (N11).

        Parameters
        ----------
        X, y, loss, sample_weight
            As for `error`.

        Returns
        -------
        ndarray of shape (n_parameters,)
            In the order of η.

        Raises
        ------
        ValueError, TypeError
            As `error`.

        Examples
        --------
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.gradient([[3.0]], [5.0], loss="sum_squared_error")
        array([12.,  4.])
        """
        objective = self._objective(X, y, loss, sample_weight)
        gradient = objective.gradient_sum(self._parameters)
        gradient /= objective.total
        return gradient

    def _objective(
        self, X: Samples, y: ArrayLike, loss: str | None, sample_weight: ArrayLike | None
    ) -> Objective:
        name = checks.as_loss(loss, self.output)
        inputs = checks.as_inputs(X, self.layer_sizes[0], self.dtype)
        checks.at_least_one_row(len(inputs))
        Y = checks.as_answers(y, len(inputs), self.layer_sizes[-1], name, self.dtype)
        weights = checks.as_sample_weight(sample_weight, len(inputs), self.dtype)
        return Objective(self._architecture, inputs, name, Y, weights)

    def copy(self) -> "Network":
        """Return a network with its own η."""
        twin = Network.__new__(Network)
        twin.__setstate__(self.__getstate__())
        twin._parameters = self._parameters.copy()
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> "Network":
        return self.copy()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "layer_sizes": list(self.layer_sizes),
            "activations": list(self.activations),
            "output": self.output,
            "parameters": self._parameters,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        parameters = state["parameters"]
        self._describe(state["layer_sizes"], state["activations"], state["output"], parameters.dtype)
        if parameters.shape != (self.n_parameters,) or not parameters.flags.c_contiguous:
            raise ValueError(  # kernels do not look how long η is
                f"parameters has shape {parameters.shape}; a network of {self.layer_sizes} takes "
                f"({self.n_parameters},), in C order"
            )
        self._parameters = parameters

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return self._architecture == other._architecture and bool(
            np.array_equal(self._parameters, other._parameters)
        )

    __hash__ = None  # type: ignore[assignment]  # η is writable

    def __repr__(self) -> str:
        names = set(self.activations)
        activation = repr(self.activations[0] if len(names) == 1 else self.activations)
        shown = f"activation={activation}, " if names else ""
        return (
            f"Network({self.layer_sizes}, {shown}output={self.output!r}, dtype={self.dtype}): "
            f"{self.n_parameters} parameters"
        )


def _chained_sizes(weights: list[Array], biases: list[Array]) -> list[int]:
    if not weights or len(weights) != len(biases):
        raise ValueError(
            f"got {len(weights)} weights and {len(biases)} biases; one of each a layer is needed"
        )
    for layer, (matrix, bias) in enumerate(zip(weights, biases, strict=True)):
        if matrix.ndim != 2 or bias.shape != matrix.shape[1:]:
            raise ValueError(
                f"weights[{layer}] has shape {matrix.shape} and biases[{layer}] {bias.shape}; "
                "(fan_in, fan_out) and (fan_out,) belong together"
            )
        if layer and matrix.shape[0] != weights[layer - 1].shape[1]:
            raise ValueError(
                f"weights[{layer}] has shape {matrix.shape}, "
                f"weights[{layer - 1}] {weights[layer - 1].shape}: they do not make a chain"
            )
    return [len(weights[0]), *(matrix.shape[1] for matrix in weights)]
