"""Parameters of the table estimators: what they may be, and what they are by default."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions

from chainrule.calculus import ACTIVATIONS
from chainrule.network import Activation


class TableParameters(BaseEstimator):
    """Parameters of both table estimators; `_docs` says what they do."""

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012  # scikit-learn's own form
        "effort": [StrOptions({"fast", "default", "strong"})],
        "n_members": [Interval(Integral, 1, None, closed="left"), None],
        "n_folds": [Interval(Integral, 2, None, closed="left")],
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left"), None],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "n_steps": [Interval(Integral, 1, None, closed="left"), None],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), None],
        "scale_rate": [Interval(Real, 0, None, closed="left")],
        "n_bins": [Interval(Integral, 0, 255, closed="both")],
        "clip": [Interval(Real, 0, None, closed="neither")],
        "missing_share": [Interval(Real, 0, 1, closed="both")],
        "max_categories": [Interval(Integral, 2, None, closed="left")],
        "validation": [StrOptions({"random", "last"})],
        "kinds": [Mapping, StrOptions({"stored"}), None],
        "ignore": ["array-like", None],
        "na": ["array-like", None],
        "time_limit": [Interval(Real, 0, None, closed="neither"), None],
        "dtype": [StrOptions({"float32", "float64"})],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "verbose": ["boolean"],
        "progress": ["boolean"],
    }

    def __init__(
        self,
        *,
        effort: str = "default",
        n_members: int | None = None,
        n_folds: int = 8,
        hidden_layer_sizes: Any = None,
        activation: Any = "silu",
        learning_rate_init: float = 0.005,
        alpha: float = 1e-4,
        n_steps: int | None = None,
        batch_size: Any = "auto",
        n_iter_no_change: int | None = None,
        scale_rate: float = 6.0,
        n_bins: int = 16,
        clip: float = 3.0,
        missing_share: float = 0.005,
        max_categories: int = 100,
        validation: str = "random",
        kinds: Mapping[str, str] | str | None = None,
        ignore: Any = None,
        na: Any = None,
        time_limit: float | None = None,
        dtype: str = "float32",
        n_jobs: int | None = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: bool = True,
        progress: bool = False,
    ) -> None:
        self.effort = effort
        self.n_members = n_members
        self.n_folds = n_folds
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.alpha = alpha
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.n_iter_no_change = n_iter_no_change
        self.scale_rate = scale_rate
        self.n_bins = n_bins
        self.clip = clip
        self.missing_share = missing_share
        self.max_categories = max_categories
        self.validation = validation
        self.kinds = kinds
        self.ignore = ignore
        self.na = na
        self.time_limit = time_limit
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.progress = progress
