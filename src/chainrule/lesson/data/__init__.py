"""Data of a lesson: by name, drawn by hand, from a table, or beside a fitted model."""

from chainrule.lesson.data._by_name import NAMES, data_by_name
from chainrule.lesson.data._data import Data, Plane

__all__ = ["NAMES", "Data", "Plane", "data_by_name"]
