"""Data frames of any library, through Narwhals."""

import narwhals.stable.v2 as nw

from chainrule.tables._names import names_of_columns


def is_frame(X: object) -> bool:
    """Return whether X is a data frame that Narwhals knows (pandas, Polars, Arrow, Modin, cuDF).

    Raises
    ------
    ValueError
        Columns of it have the same name.
    """
    try:
        return isinstance(nw.from_native(X, eager_only=True, pass_through=True), nw.DataFrame)
    except nw.exceptions.DuplicateError as error:
        names = [str(name) for name in names_of_columns(X)]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"more than one column is named {', '.join(map(repr, twice))}") from error
