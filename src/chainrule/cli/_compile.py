"""``chainrule compile``: compile every kernel ahead."""

from chainrule import kernels
from chainrule.cli._console import say

__all__ = ["compile_kernels"]


def compile_kernels() -> None:
    """Compile all kernels ahead: some minutes, once."""
    say("compiling for float64 and float32, the longest parts first")
    kernels.compile_all(lambda name, count, total: say(f"{count:3} of {total}  {name}"))
