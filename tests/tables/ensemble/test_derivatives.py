"""Derivatives of table estimators: against differences, in the units of the data; explanations; effects."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.pipeline import make_pipeline

from chainrule import TableClassifier, TableRegressor, jacobian
from chainrule.display import ExplanationDisplay, PartialEffectDisplay, SensitivityDisplay

RANDOM = np.random.default_rng(0)
N = 300
STEP = 1e-6


def made(n):
    frame = pd.DataFrame(
        {
            "size": RANDOM.lognormal(size=n),
            "shop": RANDOM.choice(["north", "south", "west"], n),
            "age": np.where(RANDOM.random(n) < 0.1, np.nan, RANDOM.uniform(0, 80, n)),
            "open": RANDOM.choice(["yes", "no"], n),
        }
    )
    y = 1000 * np.log(frame["size"]) + 500 * (frame["shop"] == "north") - 3 * frame["age"].fillna(40)
    return frame, y.to_numpy()


FRAME, Y = made(N)
NEW = made(40)[0]
EXACT = {"n_members": 3, "n_steps": 300, "dtype": "float64", "random_state": 0, "kinds": "stored"}
REGRESSOR = TableRegressor(**EXACT).fit(FRAME, Y)
THREE = np.digitize(Y, np.quantile(Y, [0.3, 0.7]))
CLASSIFIERS = {
    "two": TableClassifier(**EXACT).fit(FRAME, Y > 0),
    "three": TableClassifier(**EXACT).fit(FRAME, THREE),
    "tempered": TableClassifier(**EXACT | {"n_members": 1, "n_steps": 1500}).fit(FRAME, Y > 0),
    "three, tempered": TableClassifier(**EXACT | {"n_members": 1}).fit(FRAME, THREE),
}
MODELS = {"regression": REGRESSOR} | CLASSIFIERS


def predicted(model, frame):
    if isinstance(model, TableRegressor):
        return model.predict(frame)[:, None]
    return model.predict_proba(frame)[:, len(model.classes_) == 2 :]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("column", ["size", "age"])
def test_central_differences_on_the_raw_table(name, column):
    model = MODELS[name]
    J = model.jacobian(NEW)
    ends = [predicted(model, NEW.assign(**{column: NEW[column] + step})) for step in (-STEP, STEP)]
    expected = (ends[1] - ends[0]) / (2 * STEP)
    found = J.values[:, :, J.columns.index(column)]
    assert J.columns == ("size", "age")
    # A kink lies within the step for hardly a row; where it does, differences do not tell.
    off = np.abs(found - expected) > 1e-6 * np.abs(expected).max(axis=0) + 1e-8
    assert off.any(axis=1).sum() <= 1
    assert not found[NEW[column].isna()].any()


def test_temperatures_are_there_to_be_differentiated():
    assert CLASSIFIERS["tempered"].temperature_ != 1 and CLASSIFIERS["three, tempered"].temperature_ != 1


def test_at_a_kink_the_derivative_is_that_to_the_right():
    first = REGRESSOR.encoder_.columns[0]
    edge = first.centre + first.scale * first.encoding.edges[5]
    row = NEW.iloc[[0]].assign(size=edge)
    ahead = (REGRESSOR.predict(row.assign(size=edge + 1e-7)) - REGRESSOR.predict(row)) / 1e-7
    before = (REGRESSOR.predict(row) - REGRESSOR.predict(row.assign(size=edge - 1e-7))) / 1e-7
    found = REGRESSOR.jacobian(row.assign(size=edge + 1e-12)).values[0, 0, 0]
    assert found == pytest.approx(ahead[0], rel=1e-5) and abs(found - before[0]) > 1e-3 * abs(found)


def test_where_members_are_held_to_the_range_the_derivative_is_nothing():
    far = NEW.assign(size=1e6)
    assert np.all(REGRESSOR.predict(far)[NEW["shop"] == "north"] <= Y.max())
    outside = [REGRESSOR.predict(far, member=number) == Y.max() for number in range(3)]
    J = REGRESSOR.jacobian(far).values[:, 0]
    assert not J[np.all(outside, axis=0)].any()


def test_the_mean_over_a_window_is_a_difference_and_agrees_with_the_mean_of_derivatives():
    first = REGRESSOR.encoder_.columns[0]
    half = 0.2 * first.scale
    row = NEW.iloc[[3]]
    found = REGRESSOR.jacobian(row, smooth=0.2).values[0, 0, 0]
    inside = np.linspace(-half, half, 4001)
    rows = pd.concat([row] * len(inside), ignore_index=True).assign(size=row["size"].iloc[0] + inside)
    mean = REGRESSOR.jacobian(rows).values[:, 0, 0].mean()
    assert found == pytest.approx(mean, rel=2e-3)


def test_differences_of_categories_are_those_of_predictions():
    J = REGRESSOR.jacobian(NEW)
    assert J.differences.keys() == {"shop", "open"}
    found = J.differences["shop"]
    for k, category in enumerate(found.categories):
        expected = REGRESSOR.predict(NEW.assign(shop=category)) - REGRESSOR.predict(NEW)
        np.testing.assert_allclose(found.values[:, 0, k], expected, atol=1e-9)


def test_the_same_through_chainrule_s_jacobian_and_a_pipeline():
    expected = REGRESSOR.jacobian(NEW).values
    np.testing.assert_array_equal(jacobian(REGRESSOR, NEW).values, expected)
    pipeline = make_pipeline(REGRESSOR)
    np.testing.assert_array_equal(jacobian(pipeline, NEW).values, expected)


def test_columns_in_the_order_of_the_frame_that_is_given():
    X = FRAME[["size", "age"]].to_numpy()
    model = TableRegressor(**EXACT).fit(X, Y)
    J = model.jacobian(X[:5])
    assert J.columns == ("x0", "x1") and J.values.shape == (5, 1, 2)


def test_sensitivities_have_the_spread_over_members():
    found = REGRESSOR.sensitivities(NEW)
    means = [REGRESSOR.jacobian(NEW, member=k).values.mean(axis=0) for k in range(3)]
    np.testing.assert_allclose(found.mean, np.mean(means, axis=0))
    np.testing.assert_allclose(found.spread, np.std(means, axis=0))
    assert "spread over members" in repr(found) and "spread over members" in found._repr_html_()
    assert SensitivityDisplay(found).plot(ax=Figure().subplots()).ax_ is not None


class TestExplanation:
    ROW = NEW.dropna().iloc[[2]]

    def test_the_parts_add_up(self):
        found = REGRESSOR.explain(self.ROW)
        total = found.typical + found.parts.sum(axis=1) + found.remainder
        np.testing.assert_allclose(total, found.prediction)
        assert found.prediction[0] == pytest.approx(REGRESSOR.predict(self.ROW)[0])
        assert found.columns == ("size", "shop", "age", "open")

    def test_parts_are_first_order(self):
        found, J = REGRESSOR.explain(self.ROW), REGRESSOR.jacobian(self.ROW).values[0, 0]
        size = REGRESSOR.encoder_.columns[0]
        assert found.parts[0, 0] == pytest.approx(J[0] * (self.ROW["size"].iloc[0] - size.centre))
        shop = REGRESSOR.encoder_.columns[1]
        usual = shop.categories[shop.most_frequent]
        other = REGRESSOR.predict(self.ROW) - REGRESSOR.predict(self.ROW.assign(shop=usual))
        assert found.parts[0, 1] == pytest.approx(other[0])
        assert usual == FRAME["shop"].mode()[0] == found.typical_cells[1]

    def test_cells_are_shown_as_they_were_read(self):
        """The networks compute in float32, where 0 a few thousand from the median is 2e-05."""
        X = pd.DataFrame({"assets": np.linspace(0, 90_000, 60) ** 1.1, "side": np.arange(60) % 7})
        model = TableRegressor(effort="fast", n_steps=20, random_state=0).fit(X, X["side"])
        assert model.explain(X.iloc[[0]]).cells == ("0", "0")

    def test_as_text_and_as_bars(self):
        found = REGRESSOR.explain(self.ROW)
        text = repr(found)
        assert "typical row" in text and "remainder" in text and text.rstrip().endswith("prediction")
        display = found.plot(ax=Figure().subplots())
        assert isinstance(display, ExplanationDisplay)
        labels = [label.get_text() for label in display.ax_.get_yticklabels()]
        assert labels[0] == "remainder" and len(labels) == 5
        few = ExplanationDisplay(found, n_columns=2).plot(ax=Figure().subplots())
        assert [label.get_text() for label in few.ax_.get_yticklabels()][1] == "2 other columns"

    def test_one_row_only(self):
        with pytest.raises(ValueError, match="explain takes one row, got 40"):
            REGRESSOR.explain(NEW)


class TestEffect:
    def test_of_a_column(self):
        grid, effects, slopes, values = REGRESSOR.effect_of(NEW, "size", n_points=7)
        assert effects.shape == slopes.shape == (3, 7) and len(values) == 40
        at = NEW.assign(size=grid[2])
        for member in range(3):
            assert effects[member, 2] == pytest.approx(REGRESSOR.predict(at, member=member).mean())
            expected = REGRESSOR.jacobian(at, member=member).values[:, 0, 0].mean()
            assert slopes[member, 2] == pytest.approx(expected)

    def test_drawn(self):
        axes = Figure().subplots(2)
        display = PartialEffectDisplay.from_estimator(REGRESSOR, NEW, "size", name="price", ax=axes)
        assert display.slope_ax_.get_ylabel() == "∂price / ∂size"
        with pytest.raises(ValueError, match="must be \\(n_members, n_points\\)"):
            PartialEffectDisplay("x", [1.0], [[1.0, 2.0]], [[1.0, 2.0]])

    def test_columns_that_have_none(self):
        with pytest.raises(ValueError, match="no column 'shop' of numbers; there are 'size', 'age'"):
            REGRESSOR.effect_of(NEW, "shop")


def test_refused():
    with pytest.raises(ValueError, match="smooth is the half-width of a window, above 0; got -1"):
        REGRESSOR.jacobian(NEW, smooth=-1)


def test_rows_are_named_as_the_table_counts_them_however_it_is_cut(monkeypatch):
    monkeypatch.setattr("chainrule.tables.derivatives._jacobian._CHUNK", 1)
    monkeypatch.setattr("chainrule.tables.ensemble._derivatives._CHUNK", 1)
    strange = NEW.assign(shop=["east" if row == 7 else "north" for row in range(len(NEW))])
    with pytest.warns(match="first 'east' in row 8") as said:
        found = REGRESSOR.jacobian(strange).values
    assert len(said) == 1
    monkeypatch.undo()
    with pytest.warns(match="row 8"):
        np.testing.assert_allclose(found, REGRESSOR.jacobian(strange).values, rtol=1e-12, atol=1e-9)
