"""Every number shown is the library's own."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from tests.report.houses import fitted, make_houses
from tests.report.reading import Page, number

import chainrule
from chainrule.tables import TableWarning, split_table
from chainrule.tables._pipeline import fitted_estimator, networks_of
from chainrule.tables.effects._changes import outputs_of


def held_out(made):
    """The rows that were held out, as the model takes them, and their targets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)  # dates are read as days
        data = split_table(made.table, made.model.description.schema.target, seed=1)
    return data.X_test, data.y_test


def test_scores_are_those_of_the_rows_held_out(made):
    known = made.model.description.held_out
    headings, *rows = made.page.table("Scores on 40 rows")
    assert headings == ["measure", "this model", "linear model", "constant guess"]
    for row, name in zip(rows, known.model, strict=True):
        shown = [number(cell) for cell in row[1:]]
        expected = [known.model[name], known.linear[name], known.constant_guess[name]]
        np.testing.assert_allclose(shown, expected, rtol=2e-3, atol=6e-5)
    assert "40 rows of the table that were held out when the model learned" in made.page.words


def test_the_headline_says_the_error(reports):
    for name in ("price", "mlp"):
        known = reports[name].model.description.held_out
        ours, guess = (round(each["mean_absolute_error"]) for each in (known.model, known.constant_guess))
        title = reports[name].page.one("h1").text
        assert title.startswith("Predicts price with an average error of ") and " euros; " in title
        shown = [number(part) for part in title.split(";")]
        np.testing.assert_allclose(shown, [ours, guess], rtol=6e-3)
    known = reports["size"].model.description.held_out
    assert f"right in {100 * known.model['accuracy']:.1f} % of rows" in reports["size"].page.one("h1").text


def test_other_rows_are_not_taken_for_those_held_out(reports, tmp_path):
    made = reports["price"]
    row = held_out(made)[0].index[0] - 1
    changed = made.table.assign(price=made.table.price.where(made.table.index != row, 0.0))
    for table, count in ((changed, "200"), (made.table.iloc[:150], "150")):
        chainrule.report.write_report(made.model, table, tmp_path / "r.html")
        page = Page.read(tmp_path / "r.html")
        assert f"Measured on all {count} rows" in page.words and "held out when" not in page.words
        scores = made.model.scores(table)
        shown = page.table("Scores")[1:]
        assert number(shown[1][1]) == pytest.approx(scores.model["mean_absolute_error"], rel=2e-3)
        assert number(shown[1][3]) == pytest.approx(scores.constant_guess["mean_absolute_error"], rel=2e-3)
        assert number(shown[1][2]) > 0


def test_derivatives_and_their_spreads(made):
    pipeline, (X, _) = made.model.pipeline, held_out(made)
    J = chainrule.jacobian(pipeline, X)
    outputs = J.values.shape[1]
    shown = made.page.table("Derivatives")
    table = {row[0]: row for row in shown[1:]}
    output = 0
    if made.model.description.task == "classification":
        title = next(each.text for each in made.page.section("moves").all("h3"))
        output = [f"How probability of {name} is moved" for name in J.outputs].index(title)
    assert outputs in (1, 3)
    for name in ("side", "built (1 day)"):
        d = J.values[:, output, J.columns.index(name.split()[0])]
        expected = {"mean": d.mean(), "mean size": np.abs(d).mean(), "spread over rows": d.std()}
        fitted = fitted_estimator(pipeline)
        if "± over networks" in shown[0]:
            found = fitted.sensitivities(X)
            expected["± over networks"] = found.spread[output, found.features.index(name.split()[0])]
        for heading, value in expected.items():
            cell = table[name][shown[0].index(heading)]
            assert number(cell) == pytest.approx(value, rel=1e-3, abs=1e-12), heading


def test_a_time_of_day_is_differentiated_by_the_hour(reports):
    made = reports["mlp"]
    X, _ = held_out(made)
    hours = np.arctan2(X["visit (sine)"], X["visit (cosine)"]) * 12 / np.pi

    def predict(shift):
        angle = 2 * np.pi * (hours + shift) / 24
        moved = X.assign(**{"visit (sine)": np.sin(angle), "visit (cosine)": np.cos(angle)})
        return made.model.pipeline.predict(moved)

    slope = float(np.mean(predict(1e-3) - predict(-1e-3)) / 2e-3)
    shown = {row[0]: number(row[1]) for row in made.page.table("Derivatives")[1:]}
    assert shown["visit (1 hour)"] == pytest.approx(slope, rel=1e-3)


def test_differences_of_categories(made):
    X, _ = held_out(made)
    pipeline = made.model.pipeline
    output = 0
    if made.model.description.task == "classification":
        title = made.page.section("moves").all("h3")[0].text
        output = [f"How probability of {name} is moved" for name in pipeline.classes_].index(title)
    # All figures of a column have the decimals that the largest of them needs.
    coarse = 6e-4 if made.model.description.task == "classification" else 0.6
    table = {row[0]: row for row in made.page.table("Differences (not derivatives)")[1:]}
    pairs = {name: name.removeprefix("town: ").split(" → ") for name in table if name.startswith("town")}
    assert len(pairs) == 2
    for name, (start, end) in pairs.items():
        change = outputs_of(pipeline, X.assign(town=end)) - outputs_of(pipeline, X.assign(town=start))
        assert number(table[name][1]) == pytest.approx(change[:, output].mean(), rel=2e-3, abs=coarse)
        assert number(table[name][2]) == pytest.approx(change[:, output].std(), rel=2e-3, abs=coarse)
        assert int(table[name][3]) == (X.town == end).sum()
    change = outputs_of(pipeline, X.assign(garden=1.0)) - outputs_of(pipeline, X.assign(garden=0.0))
    shown = number(table["garden: no → yes"][1])
    assert shown == pytest.approx(change[:, output].mean(), rel=2e-3, abs=coarse)


def test_the_strength_of_a_column_is_the_variation_of_predictions(reports):
    made = reports["mlp"]
    X, _ = held_out(made)
    counts = X.town.value_counts()
    Y = np.array([made.model.pipeline.predict(X.assign(town=name)) for name in counts.index])
    w = (counts / counts.sum()).to_numpy()
    expected = np.sqrt((w[:, None] * (Y - w @ Y) ** 2).sum(axis=0).mean())
    shown = {row[0]: number(row[1]) for row in made.page.table("Strength of each column on price")[1:]}
    assert shown["town"] == pytest.approx(expected, rel=2e-3)
    assert list(shown.values()) == sorted(shown.values(), reverse=True)


@pytest.mark.filterwarnings("ignore:intervals rest on")
def test_intervals(reports):
    made = reports["price"]
    X, y = held_out(made)
    for row in made.page.table("How often the true value lies")[1:]:
        _, low, high = made.model.pipeline.predict(X, interval=number(row[0]) / 100)
        assert number(row[1]) == pytest.approx(100 * np.mean((y >= low) & (y <= high)), abs=0.06)
        assert number(row[2]) == pytest.approx(np.mean(high - low), rel=2e-3)


def test_confusion_and_area(reports):
    from sklearn.metrics import confusion_matrix, roc_auc_score

    made = reports["size"]
    X, y = held_out(made)
    pipeline = made.model.pipeline
    shown = made.page.table("Confusion matrix")
    counts = [[int(cell) for cell in row[1:]] for row in shown[1:]]
    np.testing.assert_array_equal(counts, confusion_matrix(y, pipeline.predict(X), labels=pipeline.classes_))
    P = pipeline.predict_proba(X)
    for place, name in enumerate(pipeline.classes_):
        assert f"{name}: area {roc_auc_score(y == name, P[:, place]):.3f}" in made.page.words


def test_calibration(reports):
    from chainrule.display import CalibrationDisplay

    made = reports["size"]
    X, y = held_out(made)
    P = made.model.pipeline.predict_proba(X)
    known = CalibrationDisplay(y == made.model.pipeline.predict(X), P.max(axis=1))
    shown = np.array([[number(cell) for cell in row] for row in made.page.table("Calibration")[1:]])
    np.testing.assert_allclose(shown.T, [known.predicted, known.observed, known.counts], rtol=1e-3)


def test_the_worst_rows(made):
    X, y = held_out(made)
    pipeline = made.model.pipeline
    if made.model.description.task == "regression":
        errors = y - pipeline.predict(X)
        order, column = np.argsort(-np.abs(errors), kind="stable"), 3
    else:
        errors = 100 * (pipeline.predict_proba(X) * (y[:, None] == pipeline.classes_)).sum(axis=1)
        order, column = np.argsort(errors, kind="stable"), 3
    rows = made.page.table("The 10 rows that are predicted worst")
    assert [int(row[0]) for row in rows[1:]] == X.index[order[:10]].tolist()
    shown = [number(row[column]) for row in rows[1:]]
    np.testing.assert_allclose(shown, errors[order[:10]], rtol=2e-3, atol=0.06)
    side = rows[0].index("side")
    for row in rows[1:]:
        cell = made.table.side[int(row[0]) - 1]
        assert row[side] == "missing" if np.isnan(cell) else number(row[side]) == cell


def test_explanations_add_up(made):
    tables = [each for each in made.page.section("worst").all("table")][1:]
    assert len(tables) == 4
    for table in tables:
        rows = {row.all("th")[0].text: number(row.all("td")[-1].text) for row in table.all("tr")[1:]}
        end = rows.pop("prediction")
        assert sum(rows.values()) == pytest.approx(end, rel=1e-3, abs=2e-3)


def test_explanations_are_those_of_explain(reports):
    made = reports["price"]
    X, _ = held_out(made)
    table = made.page.section("worst").all("table")[1]
    row = int(table.all("caption")[0].text.split()[1].rstrip(":"))
    found = fitted_estimator(made.model.pipeline).explain(X.loc[[row]])
    parts = dict(zip(found.columns, found.parts[0], strict=True))
    parts["visit"] = parts.pop("visit (sine)") + parts.pop("visit (cosine)")
    shown = {each.all("th")[0].text: number(each.all("td")[-1].text) for each in table.all("tr")[1:]}
    assert shown.pop("typical row") == pytest.approx(found.typical[0], rel=1e-3)
    assert shown.pop("remainder") == pytest.approx(found.remainder[0], rel=2e-3, abs=0.6)
    assert shown.pop("prediction") == pytest.approx(found.prediction[0], rel=1e-3)
    largest = sorted(parts, key=lambda name: -abs(parts[name]))[:6]
    assert list(shown) == largest or list(shown)[:6] == largest
    for name in largest:
        assert shown[name] == pytest.approx(parts[name], rel=2e-3, abs=0.6)


def test_an_explanation_of_a_perceptron_is_exact_where_it_is_straight():
    from chainrule.tables.effects._row import explain_row, typical_row

    table = make_houses(60)[["side", "town", "garden", "price"]].dropna()
    line = chainrule.MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", random_state=0)
    model = fitted(table, "price", line)
    X = model.features(table)
    typical, row = typical_row(model.pipeline, X), X.iloc[[4]]
    found = explain_row(model.pipeline, X, 4)
    np.testing.assert_allclose(found.remainder, 0, atol=1e-6 * abs(found.prediction[0]))
    assert found.typical[0] == pytest.approx(model.pipeline.predict(typical)[0])
    J = chainrule.jacobian(model.pipeline, row)
    slope = J.values[0, 0, J.columns.index("side")]
    expected = slope * (row.side.iloc[0] - typical.side.iloc[0])
    assert found.parts[0, found.columns.index("side")] == pytest.approx(expected)
    assert isinstance(row, pd.DataFrame) and found.outputs == ("y",)


def test_partial_effects_and_their_derivatives(reports):
    made = reports["price"]
    X, _ = held_out(made)
    fitted = fitted_estimator(made.model.pipeline)
    grid, values, slopes, _ = fitted.effect_of(X, "side", n_points=40, most_rows=100, smooth=0.25)
    rows = made.page.table("Effect of side")[1:]
    shown = np.array([[number(cell) for cell in row] for row in rows])
    np.testing.assert_allclose(shown[:, 0], grid, rtol=1e-3)
    np.testing.assert_allclose(shown[:, 1], values.mean(axis=0), rtol=1e-3)
    np.testing.assert_allclose(shown[:, 2], slopes.mean(axis=0), rtol=1e-3, atol=1e-9)


def test_partial_effects_of_a_perceptron(reports):
    made = reports["mlp"]
    X, _ = held_out(made)
    rows = made.page.table("Effect of side")[1:]
    for row in (rows[0], rows[20]):
        x = number(row[0])
        near = [made.model.pipeline.predict(X.assign(side=x + h)).mean() for h in (-1e-4, 0, 1e-4)]
        assert number(row[1]) == pytest.approx(near[1], rel=1e-3)
        assert number(row[2]) == pytest.approx((near[2] - near[0]) / 2e-4, rel=2e-2)


def test_the_learning_curve(made):
    fitted = fitted_estimator(made.model.pipeline)
    histories = getattr(fitted, "histories_", None) or [fitted.history_]
    first = made.page.table("Training loss")[1]
    assert number(first[1]) == pytest.approx(np.mean([each.loss[0] for each in histories]), rel=1e-3)
    last = max(histories, key=len)
    assert int(made.page.table("Training loss")[-1][0]) == len(last)
    scores = [abs(each.validation_score[0]) for each in histories]
    title = "Score of rows held back" if len(histories) == 1 else "Loss of rows held back"
    shown = number(made.page.table(title)[1][1])
    assert abs(shown) == pytest.approx(np.mean(scores), rel=1e-3)


def test_orders_cost_what_bracketing_says(made):
    from chainrule.calculus import bracketing

    sizes = networks_of(made.model.pipeline)[0].layer_sizes
    shapes = [(b, a) for a, b in pairwise(sizes)][::-1]
    shown = made.page.table("Cost of each order")[1:]
    costs = [number(row[1]) for row in shown]
    made_orders = bracketing.from_left(shapes), bracketing.from_right(shapes)
    assert costs == sorted(each.multiplications for each in made_orders)
    assert costs[0] == bracketing.cheapest(shapes).multiplications
    captions = [each.text for each in made.page.section("inside").all("figcaption")]
    for (rows, columns), caption in zip(shapes, captions, strict=False):
        assert f"{rows:,} × {columns:,}" in caption


@pytest.mark.parametrize("count, orders", [(1, 1), (2, 1), (3, 2), (4, 5), (5, 14), (6, 3), (9, 3)])
def test_all_orders_of_a_short_chain_and_three_of_a_long_one(count, orders):
    from chainrule.report._architecture import orders as orders_of

    sizes = np.random.default_rng(count).integers(2, 9, count + 1).tolist()
    found = orders_of([(a, b) for a, b in pairwise(sizes)])
    costs = [each.multiplications for each in found]
    assert len({each.formula for each in found}) == len(found) <= orders
    assert costs == sorted(costs)
    assert len(found) == orders or count > 5  # of a long chain the cheapest may be one from an end


@pytest.mark.parametrize("kind", ["mlp", "table"])
def test_of_two_classes_the_second_is_differentiated_and_the_predicted_one_explained(kind, tmp_path):
    table = make_houses(90)[["side", "town", "garden"]].dropna()
    random = np.random.default_rng(1)
    table["dear"] = np.where(table.side + random.normal(0, 3, len(table)) > 10, "yes", "no")
    settings = {"random_state": 0}
    estimator = (
        chainrule.MLPClassifier(hidden_layer_sizes=(6,), solver="lbfgs", max_iter=30, **settings)
        if kind == "mlp"
        else chainrule.TableClassifier(n_members=1, n_steps=60, **settings)
    )
    model = fitted(table, "dear", estimator)
    chainrule.report.write_report(model, table, tmp_path / "r.html")
    page, X = Page.read(tmp_path / "r.html"), split_table(table, "dear", seed=1).X_test
    P = model.pipeline.predict_proba(X)
    explained = page.section("worst").all("table")[1:]
    predicted = set()
    for one in explained:
        caption = one.all("caption")[0].text  # Row 7: true no, predicted yes
        row = X.index.get_loc(int(caption.split()[1].rstrip(":")))
        predicted.add(caption.split()[-1])
        rows = {each.all("th")[0].text: number(each.all("td")[-1].text) for each in one.all("tr")[1:]}
        assert rows.pop("prediction") == pytest.approx(P[row].max(), abs=1e-3)
        assert sum(rows.values()) == pytest.approx(P[row].max(), abs=2e-3)
    assert "no" in predicted  # the first: its probability is one minus the second
    higher = [model.pipeline.predict_proba(X.assign(side=X.side + h))[:, 1].mean() for h in (0, 0.01)]
    shown = {row[0]: number(row[1]) for row in page.table("Derivatives, in probability")[1:]}
    assert shown["side"] == pytest.approx((higher[1] - higher[0]) / 0.01, rel=0.2)
    assert "Strength of each column on probability of yes" in page.words


def test_the_largest_entries_of_the_derivative_are_named_by_the_inputs(reports):
    made = reports["mlp"]
    X, _ = held_out(made)
    steps = made.model.pipeline[:-1]
    network = networks_of(made.model.pipeline)[0]
    J = network.jacobian(steps.transform(X.iloc[:1]))[0, 0]
    shown = made.page.table("Product: outputs by inputs")[1:13]
    order = np.argsort(-np.abs(J), kind="stable")[: len(shown)]
    names = [name.partition("__")[2] for name in steps.get_feature_names_out()]
    assert [row[0] for row in shown[:3]] == [f"row 1, {names[j]}" for j in order[:3]]
    np.testing.assert_allclose([number(row[1]) for row in shown[:3]], J[order[:3]], rtol=1e-3)
