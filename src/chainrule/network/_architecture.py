"""What a network is beside its parameters: sizes, functions, type; and what kernels are told of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import kernels
from chainrule.network._layout import ParameterLayout

if TYPE_CHECKING:
    from chainrule.kernels import Program


@dataclass(frozen=True)
class Architecture:
    """Sizes from inputs to outputs, the names of the layers' functions, and the type of all numbers."""

    layer_sizes: tuple[int, ...]
    activations: tuple[str, ...]
    output: str
    dtype: np.dtype[Any]

    @cached_property
    def layout(self) -> ParameterLayout:
        """Where each weight and bias stands in η."""
        return ParameterLayout.of(self.layer_sizes)

    def program(self, *, sparse: bool) -> "Program":
        """Tell kernels of the network; sparse inputs are not put on the tape."""
        return self._sparse_program if sparse else self._dense_program

    def program_and_head(self, loss: str, *, sparse: bool) -> tuple["Program", int]:
        """Tell kernels of the network up to what the loss starts from, and where the loss's loop is."""
        head = kernels.head(loss, self.output)
        program = self.program(sparse=sparse)
        return kernels.leaving_q(program) if head.at == "q" else program, head.loop.address(self.dtype)

    @cached_property
    def _dense_program(self) -> "Program":
        return self._build(sparse=False)

    @cached_property
    def _sparse_program(self) -> "Program":
        return self._build(sparse=True)

    def _build(self, sparse: bool) -> "Program":
        return kernels.build_program(
            self.layout.weight_places(),
            [block.offset for block in self.layout.biases],
            [*self.activations, self.output],
            self.dtype,
            sparse=sparse,
        )
