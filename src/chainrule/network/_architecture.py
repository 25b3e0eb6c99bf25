"""Architecture of a network: sizes, activations and type, and their description for kernels."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.kernels.arithmetic.sizes import FEWEST_ROWS
from chainrule.network._activation import Activation
from chainrule.network._inputs import Inputs
from chainrule.network._layout import ParameterLayout

if TYPE_CHECKING:
    from chainrule.kernels import Program


@dataclass(frozen=True)
class Architecture:
    """Sizes from inputs to outputs, the layers' functions, and the type of all numbers."""

    layer_sizes: tuple[int, ...]
    activations: tuple[str | Activation, ...]
    output: str
    dtype: np.dtype[Any]

    def __reduce__(self) -> tuple[Any, ...]:
        # What is kept beside the fields holds addresses of compiled loops: they are this process's.
        return Architecture, (self.layer_sizes, self.activations, self.output, self.dtype)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.layer_sizes, self.activations, self.output, self.dtype))

    @cached_property
    def layout(self) -> ParameterLayout:
        """Where each weight and bias stands in η."""
        return ParameterLayout.of(self.layer_sizes)

    def program(self, *, sparse: bool) -> "Program":
        """Tell kernels of the network; sparse inputs are not put on the tape."""
        return self._sparse_program if sparse else self._dense_program

    def program_and_head(self, loss: str, *, sparse: bool) -> tuple["Program", int]:
        """Tell kernels of the network up to what the loss starts from, and where the loss's loop is."""
        found = self._up_to_losses.get((loss, sparse))
        if found is None:
            head, program = kernels.output_loss(loss, self.output), self.program(sparse=sparse)
            program = kernels.leaving_q(program) if head.at == "q" else program
            found = self._up_to_losses[loss, sparse] = program, head.loop.address(self.dtype)
        return found

    @cached_property
    def _up_to_losses(self) -> dict[tuple[str, bool], tuple["Program", int]]:
        return {}

    @cached_property
    def _dense_program(self) -> "Program":
        return self._build(sparse=False)

    @cached_property
    def _sparse_program(self) -> "Program":
        return self._build(sparse=True)

    def workspace_row(self, *, sparse: bool) -> int:
        """Count of the numbers that a pass works in for each row of a batch."""
        return self._sparse_workspace_row if sparse else self._dense_workspace_row

    @cached_property
    def _dense_workspace_row(self) -> int:
        return int(kernels.workspace_size(self._dense_program, 1))

    @cached_property
    def _sparse_workspace_row(self) -> int:
        return int(kernels.workspace_size(self._sparse_program, 1))

    @property
    def tape_program(self) -> "Program":
        """Tell kernels of the network for a tape that is kept: the inputs are read where they stand."""
        return self._sparse_program

    @cached_property
    def tape_row(self) -> int:
        """Count of the numbers on such a tape for each row."""
        return kernels.tape_size(self.tape_program, 1)

    @cached_property
    def units(self) -> int:
        """Count of all units but the inputs."""
        return sum(self.layer_sizes[1:])

    @cached_property
    def largest(self) -> int:
        """Count of the weights of the layer that has most."""
        return max(block.size for block in self.layout.weights)

    @cached_property
    def largest_of_few_inputs(self) -> int:
        """The same of the layers whose inputs are so few that BLAS adds up their gradients."""
        return max([block.size for block in self.layout.weights if block.shape[0] < FEWEST_ROWS], default=0)

    @cached_property
    def work(self) -> int:
        """Multiplications of a dense row's pass forward, or what takes as long: about 32 a value of σ."""
        return self.layout.n_weights + 32 * self.units

    @cached_property
    def hidden_units(self) -> int:
        """Count of the units of hidden layers."""
        return sum(self.layer_sizes[1:-1])

    @cached_property
    def second_loops(self) -> NDArray[np.intp]:
        """Addresses of the loops of σ″ of the hidden layers."""
        addresses = [
            kernels.compiled_address(name, "second_derivative", self.dtype) for name in self.activations
        ]
        return np.array(addresses, dtype=np.intp)

    @cached_property
    def no_inputs(self) -> tuple[Any, ...]:
        """What kernels are given where there are no rows."""
        return Inputs.of(np.empty((0, self.layer_sizes[0])), self.dtype).for_kernels()

    def _build(self, sparse: bool) -> "Program":
        return kernels.build_program(
            self.layout.weight_places(),
            [block.offset for block in self.layout.biases],
            [*self.activations, self.output],
            self.dtype,
            sparse=sparse,
        )
