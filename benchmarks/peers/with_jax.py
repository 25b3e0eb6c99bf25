"""JAX: everything jitted, arrays on the device before the clock starts, one row at a time under vmap."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers.case import Answer, Case, flat, forward

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)  # twice as fast for single samples


class Jax:
    """Each method: name of a form → `Answer`. Several where it is not plain which is the fastest."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.F = forward(jnp.tanh)
        self.parameters = jax.tree.map(jnp.asarray, (case.weights, case.biases))
        self.eta = jnp.concatenate([part.ravel() for part in [*self.parameters[0], *self.parameters[1]]])
        self.X, self.y, self.U = jnp.asarray(case.X), jnp.asarray(case.y), jnp.asarray(case.U)
        self.v = jax.tree.map(jnp.asarray, case.split(case.v))

    def ready(self, f: Any, *arguments: Any) -> Callable[[], Any]:
        """Call the compiled function and wait for its result."""
        compiled = jax.jit(f)
        return lambda: jax.block_until_ready(compiled(*arguments))

    def _at_X(self, parameters: Any) -> Any:
        return self.F(parameters, self.X)

    def _error(self, parameters: Any) -> Any:
        return 0.5 * jnp.sum((self._at_X(parameters) - self.y) ** 2) / len(self.X)

    def _error_of_one(self, parameters: Any, x: Any, y: Any) -> Any:
        return 0.5 * jnp.sum((self.F(parameters, x) - y) ** 2)

    def _directions(self) -> dict[str, Any]:
        """Reverse, and forward where the inputs are few: with 784 it is dozens of times slower."""
        return {"jacrev": jax.jacrev} | ({"jacfwd": jax.jacfwd} if self.case.X.shape[1] <= 100 else {})

    def jacobian(self) -> dict[str, Answer]:
        """For η as an argument."""
        answers = {}
        for name, D in self._directions().items():
            of_rows = jax.vmap(D(self.F, argnums=1), in_axes=(None, 0))
            answers[f"JAX {name}"] = Answer(self.ready(of_rows, self.parameters, self.X))
        return answers

    def jacobian_constant(self) -> dict[str, Answer]:
        """For η compiled in."""
        return {
            f"JAX {name}": Answer(self.ready(jax.vmap(D(lambda x: self.F(self.parameters, x))), self.X))
            for name, D in self._directions().items()
        }

    def _one(self, compiled: Callable[[Any], Any]) -> Answer:
        x = self.case.X[0]
        return Answer(lambda: np.asarray(compiled(x)), lambda J: J[None])

    def jacobian_one(self) -> dict[str, Answer]:
        """A NumPy array in, a NumPy array out."""
        answers = {}
        for name, D in self._directions().items():
            compiled = jax.jit(D(self.F, argnums=1))
            answers[f"JAX {name}"] = self._one(lambda x, f=compiled: f(self.parameters, x))
        return answers

    def jacobian_one_constant(self) -> dict[str, Answer]:
        """The same, for η compiled in."""
        directions = self._directions().items()
        return {
            f"JAX {name}": self._one(jax.jit(D(lambda x: self.F(self.parameters, x))))
            for name, D in directions
        }

    jacobian_bottleneck = factored_jacobian = jacobian

    def parameter_jacobian(self) -> dict[str, Answer]:
        """Reverse, row by row."""
        f = jax.vmap(jax.jacrev(self.F), in_axes=(None, 0))
        return {"JAX jacrev": Answer(self.ready(f, self.parameters, self.X), lambda J: flat(J, 2))}

    def parameter_pushforward(self) -> dict[str, Answer]:
        """All of it anew."""
        f = lambda parameters, v: jax.jvp(self._at_X, (parameters,), (v,))[1]  # noqa: E731
        return {"JAX jvp": Answer(self.ready(f, self.parameters, self.v))}

    def parameter_pushforward_kept(self) -> dict[str, Answer]:
        """The linear part alone."""
        _, linear = jax.linearize(self._at_X, self.parameters)
        return {"JAX linearize": Answer(self.ready(linear, self.v))}

    def parameter_pullback(self) -> dict[str, Answer]:
        """All of it anew."""
        f = lambda parameters, U: jax.vjp(self._at_X, parameters)[1](U)[0]  # noqa: E731
        return {"JAX vjp": Answer(self.ready(f, self.parameters, self.U), flat)}

    def parameter_pullback_kept(self) -> dict[str, Answer]:
        """The linear part alone."""
        _, pull = jax.vjp(self._at_X, self.parameters)
        return {"JAX vjp kept": Answer(self.ready(lambda U: pull(U)[0], self.U), flat)}

    def gauss_newton(self) -> dict[str, Answer]:
        """By jvp and vjp, and by one linearisation and its transpose."""

        def twice(parameters: Any, v: Any) -> Any:
            push = jax.jvp(self._at_X, (parameters,), (v,))[1]
            return jax.vjp(self._at_X, parameters)[1](push / len(self.X))[0]

        def once(parameters: Any, v: Any) -> Any:
            _, push = jax.linearize(self._at_X, parameters)
            return jax.linear_transpose(push, parameters)(push(v) / len(self.X))[0]

        return {
            "JAX jvp, vjp": Answer(self.ready(twice, self.parameters, self.v), flat),
            "JAX linearize": Answer(self.ready(once, self.parameters, self.v), flat),
        }

    def gauss_newton_kept(self) -> dict[str, Answer]:
        """One linearisation and its transpose, made before."""
        _, push = jax.linearize(self._at_X, self.parameters)
        pull = jax.linear_transpose(push, self.parameters)
        return {
            "JAX linearize kept": Answer(self.ready(lambda v: pull(push(v) / len(self.X))[0], self.v), flat)
        }

    def hessian(self) -> dict[str, Answer]:
        """Forward over reverse."""
        f = lambda parameters, v: jax.jvp(jax.grad(self._error), (parameters,), (v,))[1]  # noqa: E731
        return {"JAX jvp of grad": Answer(self.ready(f, self.parameters, self.v), flat)}

    def hessian_kept(self) -> dict[str, Answer]:
        """The gradient's linearisation, made before."""
        _, linear = jax.linearize(jax.grad(self._error), self.parameters)
        return {"JAX linearize kept": Answer(self.ready(linear, self.v), flat)}

    def whole_hessian(self) -> dict[str, Answer]:
        """jax.hessian, and products with the columns of the identity, some at a time."""
        gradient = jax.grad(lambda eta: self._error(self.case.split(eta)))

        def in_parts(eta: Any, size: int) -> Any:
            _, product = jax.linearize(gradient, eta)
            return jax.lax.map(product, jnp.eye(len(eta), dtype=eta.dtype), batch_size=size)

        answers = {"JAX hessian": Answer(self.ready(jax.jacfwd(gradient), self.eta))}
        for size in (1, 8, 32):
            call = self.ready(lambda eta, size=size: in_parts(eta, size), self.eta)
            answers[f"JAX products, {size} at a time"] = Answer(call)
        return answers

    def sample_gradients(self) -> dict[str, Answer]:
        """Reverse, row by row."""
        f = jax.vmap(jax.grad(self._error_of_one), in_axes=(None, 0, 0))
        return {"JAX vmap": Answer(self.ready(f, self.parameters, self.X, self.y), lambda g: flat(g, 1))}

    def sample_gradient_norms(self) -> dict[str, Answer]:
        """The compiler is left to see that gradients need not be stored."""

        def norm(parameters: Any, x: Any, y: Any) -> Any:
            g = jax.grad(self._error_of_one)(parameters, x, y)
            return jnp.sqrt(sum(jnp.sum(part**2) for part in jax.tree.leaves(g)))

        f = jax.vmap(norm, in_axes=(None, 0, 0))
        return {"JAX vmap": Answer(self.ready(f, self.parameters, self.X, self.y))}

    def tangent_kernel(self) -> dict[str, Answer]:
        """J Jᵀ, block by block of η."""
        n, p = self.case.U.shape

        def by_jacobians(parameters: Any, X: Any) -> Any:
            J = jax.vmap(jax.jacrev(self.F), in_axes=(None, 0))(parameters, X)
            rows = [part.reshape(n * p, -1) for part in jax.tree.leaves(J)]
            return sum(part @ part.T for part in rows)

        return {
            "JAX JJᵀ": Answer(
                self.ready(by_jacobians, self.parameters, self.X),
                lambda K: np.asarray(K).reshape(n, p, n, p),
            )
        }
