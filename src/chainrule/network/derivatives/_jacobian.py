"""∂F/∂x: the chain multiplied out in any order (N11, N12)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network import _checks as checks
from chainrule.network._budget import Bytes, within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._sharing import in_slices, is_little, work_of_a_row
from chainrule.network.derivatives._chain import ChainProduct, Order, Sizes, Span, chain_product

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
    read = () if out is None else at.read
    result, budget = within_budget(plan.shape, net.dtype, out, max_memory, _INSTEAD, read)
    if not n:
        return result
    kept = at.tape is not None
    sizes, products = plan.sizes(kept, budget), plan.products
    if not kept:
        products += work_of_a_row(net, at.inputs)
    if not progress and is_little(n * products, net):
        _multiply_out(at, plan, sizes, _memory(at, sizes), (0, n), True, result)
        return result

    def begin() -> Callable[[int, int], None]:
        memory, anew = _memory(at, sizes), True

        def multiply_out(first: int, m: int) -> None:
            nonlocal anew
            _multiply_out(at, plan, sizes, memory, (first, first + m), anew, result)
            anew = False

        return multiply_out

    most = budget.left // (max(1, sizes.tape + sizes.workspace) * net.dtype.itemsize)
    in_slices(net, n, products, sizes.rows, begin, most=most, bar="jacobian" if progress else None)
    return result


def _memory(at: ForwardPass, sizes: Sizes) -> tuple[Array, Array]:
    """Tape and workspace of a thread."""
    tape = np.empty(sizes.tape, at.net.dtype) if at.tape is None else at.tape.memory
    return tape, np.empty(sizes.workspace, at.net.dtype)


def _multiply_out(
    at: ForwardPass, plan: ChainProduct, sizes: Sizes, memory: tuple[Array, Array], rows: tuple[int, int],
    anew: bool, result: Array,
) -> None:  # fmt: skip
    """Write the rows from the first up to the last; ``anew``: the workspace has nothing of theirs yet."""
    kept, (tape, workspace) = at.tape is not None, memory
    fine = kernels.chain_product[at.net.dtype](
        plan.steps, sizes.program, at.parameters, at.inputs.for_kernels(), tape,
        len(at) if kept else sizes.rows, kept, workspace, sizes.chunk, rows, anew, result.reshape(-1),
    )  # fmt: skip
    if not fine:
        checks.as_numbers(at.inputs.dense, "X", at.net.dtype)
