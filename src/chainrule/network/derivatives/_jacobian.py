"""∂F/∂x: the chain multiplied out in any order (N11, N12)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network import _checks as checks
from chainrule.network._budget import Bytes, within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._sharing import in_slices, work_of_a_row
from chainrule.network.derivatives._chain import Order, Span, chain_product

Array = NDArray[Any]


_INSTEAD = "pushforward, pullback and factored_jacobian work without it"


def jacobian(
    at: ForwardPass,
    order: Order,
    max_memory: Bytes | None,
    out: Array | None,
    *,
    span: Span | None = None,
    progress: bool = False,
) -> Array:
    """Carry out the product that `ChainProduct` plans, a chunk of rows at a time, in a kernel."""
    net, n = at.net, len(at)
    plan = chain_product(net, order, n, span)
    result, budget = within_budget(plan.shape, net.dtype, out, max_memory, _INSTEAD, at.read)
    if not n:
        return result
    kept = at.tape
    sizes = plan.sizes(kept is not None, budget)
    kernel, inputs, numbers = kernels.chain_product[net.dtype], at.inputs.for_kernels(), result.reshape(-1)

    def begin() -> Callable[[int, int], None]:
        tape = np.empty(sizes.tape, net.dtype) if kept is None else kept.memory
        workspace, begun = np.empty(sizes.workspace, net.dtype), False

        def multiply_out(first: int, m: int) -> None:
            nonlocal begun
            fine = kernel(
                plan.steps, sizes.program, at.parameters, inputs, tape, sizes.rows if kept is None else n,
                kept is not None, workspace, sizes.chunk, (first, first + m), not begun, numbers,
            )  # fmt: skip
            if not fine:
                checks.as_numbers(at.inputs.dense, "X", net.dtype)
            begun = True

        return multiply_out

    products = plan.products + (work_of_a_row(net, at.inputs) if kept is None else 0)
    most = budget.left // (max(1, sizes.tape + sizes.workspace) * net.dtype.itemsize)
    in_slices(net, n, products, sizes.rows, begin, most=most, bar="jacobian" if progress else None)
    return result
