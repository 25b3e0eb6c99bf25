"""A table and a network as one ordinary scikit-learn pipeline."""

from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.tables._inspect import MOST_CATEGORIES
from chainrule.tables._schema import Schema

__all__ = ["fitted_network", "table_pipeline"]


def table_pipeline(schema: Schema, estimator: MLPClassifier | MLPRegressor) -> Pipeline:
    """Columns to inputs, inputs to `estimator`.

    Numbers (and truth values and dates, which are numbers by then) have their missing cells replaced by the
    median and are scaled to mean 0 and variance 1. Text becomes one input for each of its values, a missing
    cell being a value of its own and an unseen one none; of more than 100 values the rarest share one.
    The target of a regression is scaled likewise, and predictions come back in its own units.

    Parameters
    ----------
    schema : Schema
        Of the table; `split_table` finds it.
    estimator : MLPClassifier or MLPRegressor
        Not fitted; it is cloned where scikit-learn does so.

    Returns
    -------
    Pipeline
        Takes data frames as `Schema.features` makes them.

    Examples
    --------
    >>> from chainrule import MLPRegressor
    >>> from chainrule.tables import Column, Schema, table_pipeline
    >>> pipeline = table_pipeline(Schema("price", (Column("carat", "number"),)), MLPRegressor())
    >>> list(pipeline.named_steps)
    ['columns', 'network']
    """
    numbers, text = schema.names("number", "boolean", "date"), schema.names("text")
    transformers = [("numbers", _numbers(), numbers), ("text", _text(), text)]
    columns = ColumnTransformer([transformer for transformer in transformers if transformer[2]])
    if isinstance(estimator, MLPRegressor):
        estimator = TransformedTargetRegressor(estimator, transformer=StandardScaler())
    return Pipeline([("columns", columns), ("network", estimator)])


def fitted_network(pipeline: Pipeline) -> MLPClassifier | MLPRegressor:
    """The fitted estimator in a pipeline of `table_pipeline`."""
    last = pipeline[-1]
    network: MLPClassifier | MLPRegressor = getattr(last, "regressor_", last)
    return network


def _numbers() -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())


def _text() -> Pipeline:
    encoder = OneHotEncoder(
        max_categories=MOST_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    return make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), encoder)
