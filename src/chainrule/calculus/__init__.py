"""Mathematics of backpropagation in plain NumPy.

All functions accept complex numbers too. N1 … N15 are the numbers of statements in docs/lecture/index.md.
"""

from chainrule.calculus.activations import ACTIVATIONS, OUTPUTS, ActivationFunction, Output, softmax
from chainrule.calculus.augmented import augment, forward_augmented, split
from chainrule.calculus.bracketing import Bracketing, Factor, Step, cheapest, from_left, from_right, parse
from chainrule.calculus.chain import Chain
from chainrule.calculus.losses import LOSSES, default_loss, output_curvature, output_delta, sample_errors
from chainrule.calculus.maps import (
    Affine,
    AffineInParameters,
    Composition,
    Elementwise,
    Function,
    Map,
    lecture_columns,
    network_map,
    norm_squared,
    shift,
)
from chainrule.calculus.network import Tape, backward, error, forward, gradient
from chainrule.calculus.taylor import LocalModel, local_model, remainder_slope

__all__ = ["ACTIVATIONS", "OUTPUTS", "ActivationFunction", "Output", "softmax"]
__all__ += ["LocalModel", "augment", "forward_augmented", "local_model", "remainder_slope", "split"]
__all__ += ["Bracketing", "Chain", "Factor", "Step", "cheapest", "from_left", "from_right", "parse"]
__all__ += ["LOSSES", "default_loss", "output_curvature", "output_delta", "sample_errors"]
__all__ += ["Affine", "AffineInParameters", "Composition", "Elementwise", "Function", "Map"]
__all__ += ["lecture_columns", "network_map", "norm_squared", "shift"]
__all__ += ["Tape", "backward", "error", "forward", "gradient"]

for _class in [value for value in globals().values() if isinstance(value, type)]:
    _class.__module__ = __name__  # pickles name a class by where it is imported from
