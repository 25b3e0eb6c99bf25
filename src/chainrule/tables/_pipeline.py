"""Pipeline of scikit-learn from the columns of a table to a network."""

import numpy as np
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.network import Network
from chainrule.tables._schema import Schema
from chainrule.tables.columns import MOST_CATEGORIES
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = [
    "Estimator",
    "check_one_number",
    "fitted_estimator",
    "fitted_network",
    "input_columns",
    "n_inputs_of",
    "networks_of",
    "table_pipeline",
    "text_inputs",
]

Estimator = MLPClassifier | MLPRegressor | TableClassifier | TableRegressor
"""What a pipeline of a table may end in."""


def check_one_number(estimator: Estimator) -> None:
    """Raise ValueError for an estimator that predicts several quantiles: scores of a table are of one number.

    >>> check_one_number(MLPRegressor(loss="quantile", quantile=[0.1, 0.9]))
    Traceback (most recent call last):
        ...
    ValueError: quantile=[0.1, 0.9] predicts several numbers a row, and a model of a table is scored by one: \
fit an estimator for each quantile; MLPRegressor.fit takes several
    """
    levels = getattr(estimator, "quantile", 0.5)
    if np.size(levels) > 1:
        raise ValueError(
            f"quantile={levels!r} predicts several numbers a row, and a model of a table is scored by one: "
            "fit an estimator for each quantile; MLPRegressor.fit takes several"
        )


def table_pipeline(schema: Schema, estimator: Estimator) -> Pipeline:
    """Return a pipeline that turns columns into inputs, and passes these to `estimator`.

    In numbers (and in truth values and dates, which are numbers by then) missing cells are replaced by the
    median, and columns are scaled to mean 0 and variance 1. Text becomes one input for each of its values;
    a missing cell is a value of its own, and a value that was not there in the fit sets no input. If there
    are more than 100 values, the rarest share one input. The target of a regression is scaled too, and
    predictions are in its own units; counts (``loss="poisson"``) stay as they are.

    `TableRegressor` and `TableClassifier` encode columns themselves: the pipeline holds nothing else.

    Parameters
    ----------
    schema : Schema
        Columns of the table, as `split_table` finds them.
    estimator : MLPClassifier, MLPRegressor, TableClassifier or TableRegressor
        Not fitted. scikit-learn clones it for a regression.

    Returns
    -------
    Pipeline
        Its input is a data frame as `Schema.features` returns it.

    Raises
    ------
    TypeError
        The estimator is something else.

    Examples
    --------
    >>> from chainrule import MLPRegressor
    >>> from chainrule.tables import Column, Schema, table_pipeline
    >>> pipeline = table_pipeline(Schema("price", (Column("carat", "number"),)), MLPRegressor())
    >>> list(pipeline.named_steps)
    ['columns', 'network']
    """
    if isinstance(estimator, TableClassifier | TableRegressor):
        return Pipeline([("network", clone(estimator).set_params(kinds="stored"))])
    if not isinstance(estimator, MLPClassifier | MLPRegressor):
        raise TypeError(
            "the estimator must be one of chainrule's (MLPClassifier, MLPRegressor, TableClassifier, "
            f"TableRegressor), not {type(estimator).__qualname__} of {type(estimator).__module__}"
        )
    columns = input_columns(schema)
    if isinstance(estimator, MLPRegressor) and estimator.loss != "poisson":
        estimator = TransformedTargetRegressor(estimator, transformer=StandardScaler())
    return Pipeline([("columns", columns), ("network", estimator)])


def input_columns(schema: Schema) -> ColumnTransformer:
    """Return what turns columns into inputs for a multilayer perceptron, or a linear model."""
    numbers, text = schema.inputs("number", "boolean", "date", "time"), schema.inputs("text")
    transformers = [("numbers", _numbers(), numbers), ("text", text_inputs(), text)]
    return ColumnTransformer([transformer for transformer in transformers if transformer[2]])


def fitted_estimator(pipeline: Pipeline) -> Estimator:
    """Return the fitted estimator in a pipeline of `table_pipeline`, of either kind.

    Raises
    ------
    NotFittedError
        The pipeline is not fitted.
    TypeError
        Its last step is something else.
    """
    check_is_fitted(pipeline)
    last = pipeline[-1]
    return last if isinstance(last, TableClassifier | TableRegressor) else fitted_network(pipeline)


def fitted_network(pipeline: Pipeline) -> MLPClassifier | MLPRegressor:
    """Return the fitted multilayer perceptron in a pipeline of `table_pipeline`.

    Raises
    ------
    NotFittedError
        The pipeline is not fitted.
    TypeError
        Its last step is something else.
    """
    check_is_fitted(pipeline)
    last = pipeline[-1]
    network = getattr(last, "regressor_", last)
    if not isinstance(network, MLPClassifier | MLPRegressor):
        name = type(network).__name__
        raise TypeError(f"the pipeline ends in a {name}, not in MLPClassifier or MLPRegressor")
    return network


def networks_of(pipeline: Pipeline) -> list[Network]:
    """Return the networks of a fitted pipeline: one, or those of all members."""
    fitted = fitted_estimator(pipeline)
    return fitted.networks_ if isinstance(fitted, TableClassifier | TableRegressor) else [fitted.network_]


def n_inputs_of(pipeline: Pipeline) -> int:
    """Return how many inputs the networks of a fitted pipeline are given."""
    fitted = fitted_estimator(pipeline)
    if isinstance(fitted, TableClassifier | TableRegressor):
        return int(fitted.encoder_.encoding.firsts[-1])
    return int(fitted.n_features_in_)


def _numbers() -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())


def text_inputs() -> Pipeline:
    """Return what turns a column of text into one input for each of its values."""
    encoder = OneHotEncoder(
        max_categories=MOST_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    return make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing", keep_empty_features=True), encoder
    )
