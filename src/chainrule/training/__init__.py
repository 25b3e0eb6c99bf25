"""Learning: solvers, stopping rules, and a record of what each epoch did."""

from chainrule._public import publish
from chainrule.training._blocks import Blocks, RowGroup
from chainrule.training._checkpoint import Checkpoint, PathLike, begins_anew
from chainrule.training._checkpoint_file import (
    CheckpointSummary,
    Content,
    read_checkpoint,
    read_checkpoint_summary,
)
from chainrule.training._evaluator import QUESTIONS, Evaluator, n_parts
from chainrule.training._group import Alone, Group
from chainrule.training._history import History
from chainrule.training._identity import Identity, digest, digests_of, settings_of
from chainrule.training._lanes import BY_FOLD, BY_PLACE, NUMBERS, Draw, lane_of, numbers_of, place_of
from chainrule.training._problem import Problem
from chainrule.training._recorder import Recorder, Run, open_recorder
from chainrule.training._rules import EpochReport, Hook, Rules, TimeLimit
from chainrule.training._scaled_problem import units_of
from chainrule.training._scaling import Scaling
from chainrule.training._schedule import SCHEDULES, Schedule
from chainrule.training._snapshot import Snapshot, random_snapshot, restore_random
from chainrule.training._source import InMemory, Leaf, Source, leaf_rows
from chainrule.training._state import TrainingState
from chainrule.training._step_pays import fewest_rows, round_seconds, step_pays
from chainrule.training._train import as_bayes, learn, train
from chainrule.training._watch import all_learning_watched
from chainrule.training.solvers import LBFGS, SGD, SOLVERS, Adam, LevenbergMarquardt, Posterior, Solver

__all__ = [
    "BY_FOLD",
    "BY_PLACE",
    "LBFGS",
    "NUMBERS",
    "QUESTIONS",
    "SCHEDULES",
    "SGD",
    "SOLVERS",
    "Adam",
    "Alone",
    "Blocks",
    "Checkpoint",
    "CheckpointSummary",
    "Content",
    "Draw",
    "EpochReport",
    "Evaluator",
    "Group",
    "History",
    "Hook",
    "Identity",
    "InMemory",
    "Leaf",
    "LevenbergMarquardt",
    "PathLike",
    "Posterior",
    "Problem",
    "Recorder",
    "RowGroup",
    "Rules",
    "Run",
    "Scaling",
    "Schedule",
    "Snapshot",
    "Solver",
    "Source",
    "TimeLimit",
    "TrainingState",
    "all_learning_watched",
    "as_bayes",
    "begins_anew",
    "digest",
    "digests_of",
    "fewest_rows",
    "lane_of",
    "leaf_rows",
    "learn",
    "n_parts",
    "numbers_of",
    "open_recorder",
    "place_of",
    "random_snapshot",
    "read_checkpoint",
    "read_checkpoint_summary",
    "restore_random",
    "round_seconds",
    "settings_of",
    "step_pays",
    "train",
    "units_of",
]

publish(globals())
