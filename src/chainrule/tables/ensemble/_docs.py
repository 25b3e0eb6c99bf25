"""The parameters and attributes that both table estimators share, written once."""

from textwrap import indent
from typing import TypeVar

Class = TypeVar("Class", bound=type)

_PARAMETERS = """\
effort : {"fast", "default", "strong"}, default="default"
    How much to compute: one member; eight; or eight wide ones (128-128, 4,000 steps) for more than 5,000
    rows.
n_members : int, optional
    Networks whose outputs are averaged; by default as ``effort`` says. Member m holds back fold m.
n_folds : int, default=8
    Parts that the rows are dealt out to; fewer where there are fewer rows.
hidden_layer_sizes : array-like of int, optional
    Widths of the hidden layers; by default (64, 64).
activation : str or Activation, default="silu"
    As for `chainrule.MLPRegressor`.
learning_rate_init : float, default=0.005
    First rate of Adam; it falls with half a cosine.
alpha : float, default=1e-4
    Strength of the L2 term.
n_steps : int, optional
    About so many steps a member takes, and at least 32 epochs; by default 2,000.
batch_size : int or "auto", default="auto"
    Rows in each step; "auto" is a power of two near a 32nd of the rows, from 64 to 256.
n_iter_no_change : int, optional
    A member stops after more epochs than this without improvement on its fold; by default a fifth of the
    epochs, at least 10. It keeps the weights of its best epoch.
scale_rate : float, default=6.0
    A scale of each input is learned beside the weights, so many times as fast: it turns off inputs that are
    of no use. 0 leaves scales out.
n_bins : int, default=16
    Intervals between quantiles of a number; each becomes a ramp (Gorishniy et al. 2022).
clip : float, default=3.0
    What scaled numbers come near when they are large: z becomes z / √(1 + z² / clip²).
missing_share : float, default=0.005
    With a larger share of missing cells, a number gets an input that says that it is missing.
max_categories : int, default=100
    Of more categories the rarest share one input.
validation : {"random", "last"}, default="random"
    Which rows members hold back: folds drawn at random, each member its own; or, where rows are in the order
    of time, the last of ``n_folds`` parts, all members the same.
kinds : mapping of str to str or "stored", optional
    Kinds of columns of a data frame: number, boolean, date, time, text or category. "stored": columns are
    what they are stored as, and all are used; text is not looked into for numbers and dates.
ignore : list of str, optional
    Columns of a data frame not to learn from.
na : list of str, optional
    Texts that stand for missing cells.
time_limit : float, optional
    Seconds that `fit` may take; one epoch of one member is learned at least. What there was time for depends
    on the machine, so results do too.
dtype : {"float32", "float64"}, default="float32"
    Type of the networks.
n_jobs : int, optional
    Threads that learn members side by side; all cores by default. The result is the same for any number.
random_state : int, RandomState or None, default=None
    Source of folds, initial weights and the order of rows.
warm_start : bool, default=False
    Let `fit` begin with the networks and the encoding of the last fit, to learn from more rows.
verbose : bool, default=True
    Say on standard error, after the first epoch, how long learning will take, if that is more than 5 seconds.
progress : bool, default=False
    Show a progress bar (needs rich)."""

_ATTRIBUTES = """\
networks_ : list of Network
    The members; they take what ``encoder_`` makes of the columns.
histories_ : list of History
    What each epoch of each member did.
encoder_ : TableEncoder
    What was learned of each column.
report_ : FitReport
    Scores of rows held back, beside the constant guess and a linear model, and what is to be noticed.
stop_reason_ : str
    "no improvement", "max_iter" (all planned epochs), "time limit" or "interrupted".
fit_seconds_ : float
fitted_at_ : str
    When the fit ended, in UTC, such as "2026-01-31T12:00:00+00:00".
n_features_in_ : int
feature_names_in_ : ndarray of str
    Of a data frame."""


def with_shared_parameters(cls: Class) -> Class:
    """Put the shared parameters and attributes into a docstring, in place of %parameters and %attributes."""
    assert cls.__doc__ is not None
    for mark, text in (("%parameters", _PARAMETERS), ("%attributes", _ATTRIBUTES)):
        cls.__doc__ = cls.__doc__.replace(f"    {mark}\n", indent(text, "    ") + "\n")
    return cls
