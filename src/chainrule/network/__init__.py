"""Networks: an architecture, its parameters η, and their derivatives.

Public are `Network`, `Activation` and the classes of their results. The other names are for the subpackages
that build on this one.
"""

from chainrule._public import publish
from chainrule.network._activation import Activation
from chainrule.network._architecture import Architecture
from chainrule.network._at import NetworkAt
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._budget import SMALL, Bytes, as_bytes, in_words
from chainrule.network._checks import (
    as_answers,
    as_flag,
    as_index,
    as_inputs,
    as_loss,
    as_number,
    as_sample_weight,
    refuse_collection,
    refuse_masked,
    refuse_no_numbers,
)
from chainrule.network._encoding import CategoryEncoding, Encoding, NumberEncoding
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._initialise import as_random_state
from chainrule.network._inputs import ALL_ROWS, Inputs, Samples
from chainrule.network._iterates import Iterates, ObjectiveAt, bytes_of_matrix, bytes_of_passes
from chainrule.network._layout import Block, ParameterLayout
from chainrule.network._network import Network
from chainrule.network._objective import Objective
from chainrule.network._passes import batch_rows, evaluate, sample_errors
from chainrule.network._sparse import check_sparse
from chainrule.network._tree import Node, Tree
from chainrule.network.derivatives._curvature import CurvatureOperator
from chainrule.network.derivatives._curvature_sums import CurvatureSums
from chainrule.network.derivatives._factored import FactoredJacobian
from chainrule.network.derivatives._parameter_jacobian import jacobian_blocks
from chainrule.network.derivatives._plan import Plan, PlanRow
from chainrule.network.derivatives._taylor import TaylorModel

__all__ = [
    "ALL_ROWS",
    "SMALL",
    "Activation",
    "Architecture",
    "Block",
    "Bytes",
    "CategoryEncoding",
    "CurvatureOperator",
    "CurvatureSums",
    "Encoding",
    "FactoredJacobian",
    "ForwardPass",
    "Inputs",
    "Iterates",
    "Network",
    "NetworkAt",
    "Node",
    "NumberEncoding",
    "Objective",
    "ObjectiveAt",
    "ParameterLayout",
    "Plan",
    "PlanRow",
    "Samples",
    "TaylorModel",
    "Tree",
    "as_answers",
    "as_bytes",
    "as_flag",
    "as_index",
    "as_inputs",
    "as_loss",
    "as_number",
    "as_random_state",
    "as_sample_weight",
    "batch_rows",
    "bytes_of_matrix",
    "bytes_of_passes",
    "check_sparse",
    "evaluate",
    "in_words",
    "jacobian_blocks",
    "one_blas_thread",
    "refuse_collection",
    "refuse_masked",
    "refuse_no_numbers",
    "sample_errors",
]

publish(globals())
