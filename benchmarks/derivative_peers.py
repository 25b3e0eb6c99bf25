"""The same derivatives by JAX, PyTorch, BackPACK and neural-tangents, each in its best idioms.

A peer that is not installed is left out. Every function here takes a `Case` and returns callables by name;
each returns its result as the library leaves it, and `Answer.numbers` turns that into ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # twice as fast for single samples
except ImportError:
    jax = None
try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None


@dataclass(frozen=True)
class Case:
    """A network's weights and biases, and what it is asked at."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    X: np.ndarray
    y: np.ndarray
    v: np.ndarray  # like η
    U: np.ndarray  # like F

    def split(self, vector: Any) -> tuple[list[Any], list[Any]]:
        """Weights and biases of a vector like η."""
        parts, start = [], 0
        for block in [*self.weights, *self.biases]:
            parts.append(vector[start : start + block.size].reshape(block.shape))
            start += block.size
        return parts[: len(self.weights)], parts[len(self.weights) :]


@dataclass(frozen=True)
class Answer:
    """A timed call, and how its result becomes an array like ours."""

    call: Callable[[], Any]
    numbers: Callable[[Any], np.ndarray] = np.asarray


def flat(tree: Any, axes: int) -> np.ndarray:
    """(weights, biases), each with some leading axes, in the order of η."""
    parts = [np.asarray(part) for part in [*tree[0], *tree[1]]]
    return np.concatenate([part.reshape(*part.shape[:axes], -1) for part in parts], axis=-1)


def _forward(tanh: Any) -> Callable[[Any, Any], Any]:
    def F(parameters: Any, x: Any) -> Any:
        weights, biases = parameters
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            x = x @ W + b
            if layer < len(weights) - 1:
                x = tanh(x)
        return x

    return F


class Jax:
    """JAX: all functions jitted, arrays on the device before the clock starts."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.F = _forward(jnp.tanh)
        self.params = jax.tree.map(jnp.asarray, (case.weights, case.biases))
        self.X, self.y, self.U = jnp.asarray(case.X), jnp.asarray(case.y), jnp.asarray(case.U)
        self.v = jax.tree.map(jnp.asarray, case.split(case.v))

    def _ready(self, f: Any, *arguments: Any) -> Callable[[], Any]:
        compiled = jax.jit(f)
        return lambda: jax.block_until_ready(compiled(*arguments))

    def _error(self, params: Any, X: Any, y: Any) -> Any:
        return 0.5 * jnp.sum((self.F(params, X) - y) ** 2) / len(X)

    def _error_of_one(self, params: Any, x: Any, y: Any) -> Any:
        return 0.5 * jnp.sum((self.F(params, x) - y) ** 2)

    def jacobian(self) -> dict[str, Answer]:
        forms = {"jacrev": jax.jacrev, "jacfwd": jax.jacfwd}
        if self.case.X.shape[1] > 100:
            del forms["jacfwd"]  # dozens of times slower
        answers = {}
        for name, D in forms.items():
            of_rows = jax.vmap(D(self.F, argnums=1), in_axes=(None, 0))
            answers[f"JAX {name}"] = Answer(self._ready(of_rows, self.params, self.X))
        return answers

    def jacobian_one(self) -> dict[str, Answer]:
        answers = {}
        for name, D in {"jacrev": jax.jacrev, "jacfwd": jax.jacfwd}.items():
            compiled = jax.jit(D(self.F, argnums=1))
            x = self.case.X[0]
            answers[f"JAX {name}"] = Answer(
                lambda compiled=compiled, x=x: np.asarray(compiled(self.params, x)), lambda J: J[None]
            )
        return answers

    def parameter_jacobian(self) -> dict[str, Answer]:
        f = jax.vmap(jax.jacrev(self.F), in_axes=(None, 0))
        return {"JAX jacrev": Answer(self._ready(f, self.params, self.X), lambda J: flat(J, 2))}

    def parameter_pushforward(self) -> dict[str, Answer]:
        def f(params: Any, v: Any) -> Any:
            return jax.jvp(lambda params: self.F(params, self.X), (params,), (v,))[1]

        return {"JAX jvp": Answer(self._ready(f, self.params, self.v))}

    def parameter_pushforward_kept(self) -> dict[str, Answer]:
        _, linear = jax.linearize(lambda params: self.F(params, self.X), self.params)
        return {"JAX linearize": Answer(self._ready(linear, self.v))}

    def parameter_pullback(self) -> dict[str, Answer]:
        def f(params: Any, U: Any) -> Any:
            return jax.vjp(lambda params: self.F(params, self.X), params)[1](U)[0]

        return {"JAX vjp": Answer(self._ready(f, self.params, self.U), lambda g: flat(g, 0))}

    def parameter_pullback_kept(self) -> dict[str, Answer]:
        _, pull = jax.vjp(lambda params: self.F(params, self.X), self.params)
        return {"JAX vjp kept": Answer(self._ready(lambda U: pull(U)[0], self.U), lambda g: flat(g, 0))}

    def gauss_newton(self) -> dict[str, Answer]:
        def f(params: Any, v: Any) -> Any:
            def at(params: Any) -> Any:
                return self.F(params, self.X)

            push = jax.jvp(at, (params,), (v,))[1]
            return jax.vjp(at, params)[1](push / len(self.X))[0]

        def linear(params: Any, v: Any) -> Any:
            _, push = jax.linearize(lambda params: self.F(params, self.X), params)
            return jax.linear_transpose(push, params)(push(v) / len(self.X))[0]

        return {
            "JAX jvp, vjp": Answer(self._ready(f, self.params, self.v), lambda g: flat(g, 0)),
            "JAX linearize": Answer(self._ready(linear, self.params, self.v), lambda g: flat(g, 0)),
        }

    def gauss_newton_kept(self) -> dict[str, Answer]:
        _, push = jax.linearize(lambda params: self.F(params, self.X), self.params)
        pull = jax.linear_transpose(push, self.params)
        call = self._ready(lambda v: pull(push(v) / len(self.X))[0], self.v)
        return {"JAX linearize kept": Answer(call, lambda g: flat(g, 0))}

    def hessian(self) -> dict[str, Answer]:
        def f(params: Any, v: Any) -> Any:
            gradient = jax.grad(lambda params: self._error(params, self.X, self.y))
            return jax.jvp(gradient, (params,), (v,))[1]

        return {"JAX jvp of grad": Answer(self._ready(f, self.params, self.v), lambda g: flat(g, 0))}

    def hessian_kept(self) -> dict[str, Answer]:
        gradient = jax.grad(lambda params: self._error(params, self.X, self.y))
        _, linear = jax.linearize(gradient, self.params)
        return {"JAX linearize kept": Answer(self._ready(linear, self.v), lambda g: flat(g, 0))}

    def whole_hessian(self) -> dict[str, Answer]:
        def of_vector(eta: Any) -> Any:
            return self._error(self.case.split(eta), self.X, self.y)

        eta = jnp.concatenate([part.ravel() for part in [*self.params[0], *self.params[1]]])
        return {"JAX hessian": Answer(self._ready(jax.hessian(of_vector), eta))}

    def sample_gradients(self) -> dict[str, Answer]:
        f = jax.vmap(jax.grad(self._error_of_one), in_axes=(None, 0, 0))
        return {"JAX vmap": Answer(self._ready(f, self.params, self.X, self.y), lambda g: flat(g, 1))}

    def sample_gradient_norms(self) -> dict[str, Answer]:
        def f(params: Any, X: Any, y: Any) -> Any:
            def norm(x: Any, y: Any) -> Any:
                g = jax.grad(self._error_of_one)(params, x, y)
                return jnp.sqrt(sum(jnp.sum(part**2) for part in jax.tree.leaves(g)))

            return jax.vmap(norm)(X, y)

        return {"JAX vmap": Answer(self._ready(f, self.params, self.X, self.y))}

    def tangent_kernel(self) -> dict[str, Answer]:
        def by_jacobians(params: Any, X: Any) -> Any:
            J = jax.vmap(jax.jacrev(self.F), in_axes=(None, 0))(params, X)
            rows = [part.reshape(len(X) * self.case.U.shape[1], -1) for part in jax.tree.leaves(J)]
            return sum(part @ part.T for part in rows)

        p = self.case.U.shape[1]

        def numbers(K: Any) -> np.ndarray:
            return np.asarray(K).reshape(len(self.X), p, len(self.X), p)

        answers = {"JAX JJᵀ": Answer(self._ready(by_jacobians, self.params, self.X), numbers)}
        try:  # its release 0.6.5 asks JAX for names that newer ones do not have
            import neural_tangents as nt
        except ImportError:
            return answers
        for number in (1, 2, 3):
            kernel = nt.empirical_ntk_fn(
                self.F,
                trace_axes=(),
                vmap_axes=0,
                implementation=number,
            )
            answers[f"neural-tangents {number}"] = Answer(
                self._ready(lambda X, params, kernel=kernel: kernel(X, None, params), self.X, self.params),
                lambda K, p=p: np.asarray(K).transpose(0, 2, 1, 3).reshape(len(K), p, len(K), p),
            )
        return answers


for _alias, _name in (("jacobian_bottleneck", "jacobian"), ("factored_jacobian", "jacobian")):
    setattr(Jax, _alias, getattr(Jax, _name))


class Torch:
    """PyTorch: torch.func, and BackPACK where it has the quantity."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.F = _forward(torch.tanh)
        self.params = tuple(
            [torch.from_numpy(part) for part in parts] for parts in (case.weights, case.biases)
        )
        self.X, self.y = torch.from_numpy(case.X), torch.from_numpy(case.y)

    def jacobian(self) -> dict[str, Answer]:
        f = torch.func.vmap(torch.func.jacrev(self.F, argnums=1), in_dims=(None, 0))
        return {"PyTorch jacrev": Answer(lambda: f(self.params, self.X))}

    def jacobian_one(self) -> dict[str, Answer]:
        f, x = torch.func.jacrev(self.F, argnums=1), self.case.X[0]
        call = lambda: f(self.params, torch.from_numpy(x)).numpy()  # noqa: E731
        return {"PyTorch jacrev": Answer(call, lambda J: J[None])}

    def parameter_jacobian(self) -> dict[str, Answer]:
        f = torch.func.vmap(torch.func.jacrev(self.F), in_dims=(None, 0))
        return {"PyTorch jacrev": Answer(lambda: f(self.params, self.X), lambda J: flat(J, 2))}

    def whole_hessian(self) -> dict[str, Answer]:
        eta = torch.cat([part.ravel() for part in [*self.params[0], *self.params[1]]])

        def of_vector(eta: Any) -> Any:
            return 0.5 * ((self.F(self.case.split(eta), self.X) - self.y) ** 2).sum() / len(self.X)

        f = torch.func.hessian(of_vector)
        return {"PyTorch hessian": Answer(lambda: f(eta))}

    def _backpack(self) -> tuple[Any, Any]:
        from backpack import extend

        layers: list[Any] = []
        for layer, (W, b) in enumerate(zip(self.case.weights, self.case.biases, strict=True)):
            linear = torch.nn.Linear(*W.shape)
            linear.weight.data = torch.from_numpy(np.ascontiguousarray(W.T))
            linear.bias.data = torch.from_numpy(b.copy())
            layers += [linear] + ([torch.nn.Tanh()] if layer < len(self.case.weights) - 1 else [])
        return extend(torch.nn.Sequential(*layers)), extend(torch.nn.MSELoss(reduction="sum"))

    def sample_gradients(self) -> dict[str, Answer]:
        def of_one(params: Any, x: Any, y: Any) -> Any:
            return 0.5 * ((self.F(params, x) - y) ** 2).sum()

        f = torch.func.vmap(torch.func.grad(of_one), in_dims=(None, 0, 0))
        answers = {"PyTorch vmap": Answer(lambda: f(self.params, self.X, self.y), lambda g: flat(g, 1))}
        try:
            from backpack import backpack, extensions
        except ImportError:
            return answers
        model, loss = self._backpack()

        def call() -> Any:
            model.zero_grad()
            with backpack(extensions.BatchGrad()):
                (0.5 * loss(model(self.X), self.y)).backward()
            linears = [layer for layer in model if hasattr(layer, "weight")]
            weights = [layer.weight.grad_batch.transpose(1, 2) for layer in linears]
            return weights, [layer.bias.grad_batch for layer in linears]

        return answers | {"BackPACK": Answer(call, lambda g: flat(g, 1))}

    def sample_gradient_norms(self) -> dict[str, Answer]:
        try:
            from backpack import backpack, extensions
        except ImportError:
            return {}
        model, loss = self._backpack()

        def call() -> Any:
            model.zero_grad()
            with backpack(extensions.BatchL2Grad()):
                (0.5 * loss(model(self.X), self.y)).backward()
            return sum(part.batch_l2 for part in model.parameters()).sqrt()

        return {"BackPACK": Answer(call)}


def answers(case: Case, what: str) -> dict[str, Answer]:
    """Every peer's way to one quantity, by name."""
    found: dict[str, Answer] = {}
    for library, peer in ((jax, Jax), (torch, Torch)):
        if library is not None and hasattr(peer, what):
            found |= getattr(peer(case), what)()
    return found
