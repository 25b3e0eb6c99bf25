"""Networks: an architecture, its parameters η, and what one asks of them."""

from chainrule.network._layout import Block, ParameterLayout
from chainrule.network._network import Network

__all__ = ["Block", "Network", "ParameterLayout"]
