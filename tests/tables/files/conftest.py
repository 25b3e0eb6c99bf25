"""Reading of a file, with what was said about it."""

import warnings

import pytest

from chainrule.tables import TableWarning
from chainrule.tables.files import read_cells


@pytest.fixture
def read():
    def read_with_notes(path, **options):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            cells = read_cells(path, **options)
        assert all(each.category is TableWarning for each in caught)
        return {name: column.to_pylist() for name, column in cells.columns.items()}, [
            str(each.message) for each in caught
        ]

    return read_with_notes
