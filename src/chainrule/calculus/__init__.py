"""The lecture as code: plain NumPy, open to complex steps. Its rows N1 … N15 are found by their numbers."""

from chainrule.calculus.activations import ACTIVATIONS, OUTPUTS, Activation, Output, softmax
from chainrule.calculus.bracketing import Bracketing, Factor, cheapest, from_left, from_right, parse
from chainrule.calculus.losses import LOSSES, default_loss, output_curvature, output_delta, sample_errors
from chainrule.calculus.network import Tape, backward, error, forward, gradient

__all__ = ["ACTIVATIONS", "OUTPUTS", "Activation", "Output", "softmax"]
__all__ += ["LOSSES", "default_loss", "output_curvature", "output_delta", "sample_errors"]
__all__ += ["Tape", "backward", "error", "forward", "gradient"]
