"""Files of tables: bytes to cells as they are written, whatever the kind of file, and back."""

from chainrule.tables.files._arrow import parquet_group
from chainrule.tables.files._pieces import Choices
from chainrule.tables.files._read import cells_in, read_cells
from chainrule.tables.files._separator import named_separator
from chainrule.tables.files._suffixes import TABLE_SUFFIXES, TEXT_SUFFIXES, check_table_path
from chainrule.tables.files._tables import TablePieces, open_pieces, whole_of
from chainrule.tables.files._write import csv_text, table_writer, write_table

__all__ = [
    "TABLE_SUFFIXES",
    "TEXT_SUFFIXES",
    "Choices",
    "TablePieces",
    "cells_in",
    "check_table_path",
    "csv_text",
    "named_separator",
    "open_pieces",
    "parquet_group",
    "read_cells",
    "table_writer",
    "whole_of",
    "write_table",
]
