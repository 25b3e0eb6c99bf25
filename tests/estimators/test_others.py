"""Keywords that another class takes: an error names it; what is shown of `fit` has none of this."""

import inspect
import re

import pytest

from chainrule import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from chainrule.tables import fit_files

FITS = [kind().fit for kind in (MLPRegressor, MLPClassifier, TableRegressor, TableClassifier)]


@pytest.mark.parametrize(
    "fit, keyword, said",
    [
        (FITS[0], "groups", "chainrule.MLPRegressor.fit takes no groups: TableRegressor and TableClass"),
        (FITS[1], "groups", "chainrule.MLPClassifier.fit takes no groups: TableRegressor and"),
        (FITS[2], "validation_data", "chainrule.TableRegressor.fit takes no validation_data: MLPRegressor"),
        (FITS[3], "columns", "chainrule.TableClassifier.fit takes no columns, only X, y, sample_weight"),
        (fit_files, "groups", "fit_files takes no groups: TableRegressor and TableClassifier do, of"),
        (fit_files, "sample_weight", "fit_files takes no sample_weight: the fit of estimators does, and"),
    ],
)  # fmt: skip
def test_who_takes_it_is_said(fit, keyword, said):
    given = ["nowhere", "y", MLPRegressor()] if fit is fit_files else [[[1.0]], [1.0]]
    with pytest.raises(TypeError, match=f"^{re.escape(said)}"):
        fit(*given, **{keyword: [1]})


@pytest.mark.parametrize("fit", [*FITS, fit_files])
def test_only_what_is_taken_is_shown(fit):
    kinds = {each.kind for each in inspect.signature(fit).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
