"""PyTorch: torch.func and its older autograd, whichever is faster; BackPACK where it has the quantity."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch._dynamo  # its compiler does not survive being loaded after TensorFlow (see neural-tangents)

from benchmarks.peers.case import Answer, Case, flat, forward

torch.set_num_threads(1)


class Torch:
    """Each method: name of a form → `Answer`."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.F = forward(torch.tanh)
        self.parameters = tuple([_own(part) for part in parts] for parts in (case.weights, case.biases))
        self.eta = torch.cat([part.ravel() for part in [*self.parameters[0], *self.parameters[1]]])
        self.X, self.y, self.U = _own(case.X), _own(case.y), _own(case.U)
        self.v = tuple([_own(part) for part in parts] for parts in case.split(case.v))

    def _at_X(self, parameters: Any) -> Any:
        return self.F(parameters, self.X)

    def _error(self, parameters: Any) -> Any:
        return 0.5 * ((self._at_X(parameters) - self.y) ** 2).sum() / len(self.X)

    def _recorded(self, f: Callable[[Any], Any]) -> tuple[list[Any], Any]:
        """f of parameters that record, with its graph."""
        leaves = [part.clone().requires_grad_() for part in [*self.parameters[0], *self.parameters[1]]]
        half = len(self.parameters[0])
        return leaves, f((leaves[:half], leaves[half:]))

    def jacobian(self) -> dict[str, Answer]:
        """torch.func, and one backward pass an output where those are few."""
        f = torch.func.vmap(torch.func.jacrev(self.F, argnums=1), in_dims=(None, 0))
        answers = {"PyTorch jacrev": Answer(lambda: f(self.parameters, self.X))}
        if self.case.y.shape[1] <= 16:

            def by_outputs() -> Any:
                X = self.X.detach().requires_grad_()
                F = self.F(self.parameters, X).sum(0)
                return torch.stack([torch.autograd.grad(F_k, X, retain_graph=True)[0] for F_k in F], 1)

            answers["PyTorch grad"] = Answer(by_outputs)
        return answers

    jacobian_bottleneck = factored_jacobian = jacobian

    def jacobian_one(self) -> dict[str, Answer]:
        """A NumPy array in, a NumPy array out."""
        f, x = torch.func.jacrev(self.F, argnums=1), self.case.X[0]
        older = torch.autograd.functional.jacobian
        calls = {
            "PyTorch jacrev": lambda: f(self.parameters, torch.from_numpy(x)).numpy(),
            "PyTorch jacobian": lambda: older(
                lambda x: self.F(self.parameters, x), torch.from_numpy(x)
            ).numpy(),
        }
        return {name: Answer(call, lambda J: J[None]) for name, call in calls.items()}

    def parameter_jacobian(self) -> dict[str, Answer]:
        """Reverse, row by row."""
        f = torch.func.vmap(torch.func.jacrev(self.F), in_dims=(None, 0))
        return {"PyTorch jacrev": Answer(lambda: f(self.parameters, self.X), lambda J: flat(J, 2))}

    def parameter_pushforward(self) -> dict[str, Answer]:
        """All of it anew."""
        return {"PyTorch jvp": Answer(lambda: torch.func.jvp(self._at_X, (self.parameters,), (self.v,))[1])}

    def parameter_pushforward_kept(self) -> dict[str, Answer]:
        """The linear part alone."""
        _, linear = torch.func.linearize(self._at_X, self.parameters)
        return {"PyTorch linearize": Answer(lambda: linear(self.v))}

    def parameter_pullback(self) -> dict[str, Answer]:
        """All of it anew, recorded by the older autograd: it has less to do than torch.func."""

        def call() -> Any:
            leaves, F = self._recorded(self._at_X)
            return torch.autograd.grad(F, leaves, self.U)

        return {"PyTorch grad": Answer(call, _of_list)}

    def parameter_pullback_kept(self) -> dict[str, Answer]:
        """The graph kept."""
        leaves, F = self._recorded(self._at_X)
        call = lambda: torch.autograd.grad(F, leaves, self.U, retain_graph=True)  # noqa: E731
        return {"PyTorch grad, graph kept": Answer(call, _of_list)}

    def gauss_newton(self) -> dict[str, Answer]:
        """Forward by torch.func, back by autograd."""

        def call() -> Any:
            push = torch.func.jvp(self._at_X, (self.parameters,), (self.v,))[1]
            leaves, F = self._recorded(self._at_X)
            return torch.autograd.grad(F, leaves, push / len(self.X))

        return {"PyTorch jvp, grad": Answer(call, _of_list)}

    def gauss_newton_kept(self) -> dict[str, Answer]:
        """Linearised once, the graph kept."""
        _, linear = torch.func.linearize(self._at_X, self.parameters)
        leaves, F = self._recorded(self._at_X)

        def call() -> Any:
            return torch.autograd.grad(F, leaves, linear(self.v) / len(self.X), retain_graph=True)

        return {"PyTorch linearize, grad, graph kept": Answer(call, _of_list)}

    def _double(self, keep: bool) -> Callable[[], Any]:
        v = [*self.v[0], *self.v[1]]

        def recorded() -> tuple[Any, Any]:
            leaves, E = self._recorded(self._error)
            return leaves, torch.autograd.grad(E, leaves, create_graph=True)

        if not keep:

            def anew() -> Any:
                leaves, gradient = recorded()
                return torch.autograd.grad(gradient, leaves, v)

            return anew
        leaves, gradient = recorded()
        return lambda: torch.autograd.grad(gradient, leaves, v, retain_graph=True)

    def hessian(self) -> dict[str, Answer]:
        """Forward over reverse, and reverse over reverse."""
        of_grad = lambda: torch.func.jvp(  # noqa: E731
            torch.func.grad(self._error), (self.parameters,), (self.v,)
        )[1]
        return {
            "PyTorch jvp of grad": Answer(of_grad, flat),
            "PyTorch grad of grad": Answer(self._double(keep=False), _of_list),
        }

    def hessian_kept(self) -> dict[str, Answer]:
        """Reverse over reverse, the graph kept."""
        return {"PyTorch grad of grad, graph kept": Answer(self._double(keep=True), _of_list)}

    def whole_hessian(self) -> dict[str, Answer]:
        """torch.func.hessian."""
        f = torch.func.hessian(lambda eta: self._error(self.case.split(eta)))
        return {"PyTorch hessian": Answer(lambda: f(self.eta))}

    def _backpack(self) -> tuple[Any, Any]:
        from backpack import extend

        layers: list[Any] = []
        for layer, (W, b) in enumerate(zip(*self.parameters, strict=True)):
            linear = torch.nn.Linear(*W.shape)
            linear.weight.data, linear.bias.data = W.T.contiguous(), b.clone()
            layers += [linear] + ([torch.nn.Tanh()] if layer < len(self.case.weights) - 1 else [])
        return extend(torch.nn.Sequential(*layers)), extend(torch.nn.MSELoss(reduction="sum"))

    def _with_backpack(self, extension: str, of: Callable[[Any], Any]) -> Callable[[], Any] | None:
        try:
            from backpack import backpack, extensions
        except ImportError:
            return None
        model, loss = self._backpack()

        def call() -> Any:
            model.zero_grad()
            with backpack(getattr(extensions, extension)()):
                (0.5 * loss(model(self.X), self.y)).backward()
            return of(model)

        return call

    def sample_gradients(self) -> dict[str, Answer]:
        """torch.func, and BackPACK's BatchGrad."""

        def of_one(parameters: Any, x: Any, y: Any) -> Any:
            return 0.5 * ((self.F(parameters, x) - y) ** 2).sum()

        def collected(model: Any) -> Any:
            linears = [layer for layer in model if hasattr(layer, "weight")]
            weights = [layer.weight.grad_batch.transpose(1, 2) for layer in linears]
            return weights, [layer.bias.grad_batch for layer in linears]

        f = torch.func.vmap(torch.func.grad(of_one), in_dims=(None, 0, 0))
        answers = {"PyTorch vmap": Answer(lambda: f(self.parameters, self.X, self.y), lambda g: flat(g, 1))}
        call = self._with_backpack("BatchGrad", collected)
        return answers | ({"BackPACK": Answer(call, lambda g: flat(g, 1))} if call else {})

    def sample_gradient_norms(self) -> dict[str, Answer]:
        """BackPACK's BatchL2Grad."""
        call = self._with_backpack(
            "BatchL2Grad", lambda model: sum(part.batch_l2 for part in model.parameters()).sqrt()
        )
        return {"BackPACK": Answer(call)} if call else {}


def _own(array: np.ndarray) -> Any:
    return torch.from_numpy(np.array(array))


def _of_list(parts: Any) -> np.ndarray:
    return np.concatenate([np.asarray(part).ravel() for part in parts])
