"""Fitting a table estimator to a table whose rows others hold: see `chainrule.training.Group`.

Whoever has the pieces calls `begin_table`, then `learn_table` where the sums of all rows can be asked for,
then `end_table`; those who hold rows bring them by `prepared` to what the networks take. The model goes from
one to the next, and knows in between which rows each member holds back.
"""

from chainrule.tables.ensemble._group_begin import Begun, begin_table, prepared
from chainrule.tables.ensemble._group_end import LeavesOfPieces, end_table
from chainrule.tables.ensemble._group_learn import learn_table
from chainrule.tables.ensemble._pieces import Pieces

__all__ = ["Begun", "LeavesOfPieces", "Pieces", "begin_table", "end_table", "learn_table", "prepared"]
