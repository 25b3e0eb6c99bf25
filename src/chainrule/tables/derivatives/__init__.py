"""Derivatives of a model through the steps of a scikit-learn pipeline, by the columns of its table."""

from chainrule._public import publish
from chainrule.tables.derivatives._jacobian import jacobian
from chainrule.tables.derivatives._result import CategoryDifferences, PipelineJacobian

__all__ = ["CategoryDifferences", "PipelineJacobian", "jacobian"]

publish(globals())
