"""Plans drawn at random, with all that a plan may hold, and rows for them: missing, unknown, at kinks."""

from itertools import pairwise

import numpy as np

from chainrule.calculus import ACTIVATIONS
from chainrule.export import Input, Layers, ModelPlan, OneHot, Output, RampedNumber, ScaledNumber

KINDS = ("number", "boolean", "date", "time", "text")


def random_plan(seed, kinds=KINDS):
    """Return a plan with named columns of these kinds."""
    random = np.random.default_rng(seed)
    inputs, encodings = [], []
    for place in range(random.integers(1, 7)):
        kind = str(random.choice(kinds))
        words = tuple(f"word {k}" for k in range(random.integers(1, 6))) if kind == "text" else ()
        inputs.append(Input(f"column {place}", kind, words))
        if kind == "text":
            encodings.append(one_hot(random, place, len(words)))
        else:
            waves = ("sine", "cosine") if kind == "time" else ("",)
            encodings += [number(random, place, wave) for wave in waves]
    if all(each.is_text for each in inputs):
        inputs.append(Input("last"))
    if random.random() < 0.8:
        last = len(inputs) - 1
        encodings.append(encodings[0] if inputs[-1].is_text else ScaledNumber(last, missing=0.3))
    width = sum(each.width for each in encodings)
    output, last = random_output(random)
    p = 1 if output.kind == "classes" and last == "logistic" else len(output.names)
    members = random.integers(1, 4)
    networks = tuple(layers(random, width, p, last) for _ in range(members))
    return ModelPlan(tuple(inputs), tuple(encodings), networks, output, named=True)


def number(random, place, wave):
    centre, scale = random.normal(), float(random.uniform(0.5, 2))
    if random.random() < 0.4:
        missing = float(random.choice([np.nan, 0.7], p=[0.15, 0.85]))
        return ScaledNumber(place, wave, float(centre), scale, missing)
    edges = np.sort(np.round(random.normal(size=random.choice([0, 2, 5])), 1))
    edges = tuple(np.unique(edges).tolist())
    edges = edges if len(edges) > 1 else ()
    return RampedNumber(place, wave, float(centre), scale, 2.5, edges, bool(random.random() < 0.5))


def one_hot(random, place, n):
    places = tuple(random.integers(-1, n, n).tolist())
    missing, unknown = (None if random.random() < 0.1 else int(random.integers(-1, n)) for _ in range(2))
    return OneHot(place, places, n, missing, unknown)


def random_output(random):
    kind = random.choice(["numbers", "limited", "binary", "classes", "labels"])
    p = int(random.integers(1, 5))
    if kind in ("numbers", "limited"):
        factors, offsets = random.normal(size=(2, p)).round(2).tolist()
        function = str(random.choice(["identity", "exp", "expm1"]))
        limits = (-0.3, 0.4) if kind == "limited" else None
        names = tuple(f"y{k}" for k in range(p))
        output = Output("numbers", names, tuple(factors), tuple(offsets), function, limits)
        return output, "identity" if limits else str(random.choice(["identity", "exp"]))
    if kind == "labels":
        return Output("labels", ("a", "b"), classes=("a", "b")), "logistic"
    classes = ("no", "yes") if kind == "binary" else (3, 5, 9)
    temperature = float(random.choice([1.0, 0.6]))
    output = Output("classes", tuple(map(str, classes)), temperature=temperature, classes=classes)
    return output, "logistic" if kind == "binary" else "softmax"


def layers(random, width, p, last):
    sizes = (width, *random.integers(1, 9, random.integers(0, 4)).tolist(), p)
    pairs = list(pairwise(sizes))
    weights = tuple(random.normal(size=pair) / np.sqrt(pair[0]) for pair in pairs)
    biases = tuple(random.normal(size=size) / 2 for size in sizes[1:])
    names = (*random.choice([*ACTIVATIONS], len(pairs) - 1).tolist(), last)
    return Layers(weights, biases, names)


def random_cells(plan, n=50, seed=0):
    """Return cells for each column of a plan."""
    random = np.random.default_rng(seed)
    cells = []
    for place, column in enumerate(plan.inputs):
        if column.is_text:
            words = [*column.categories, "not known", None, ""]
            cells.append(np.array(random.choice(np.array(words, dtype=object), n), dtype=object))
            continue
        numbers = random.normal(size=n) * 2
        if column.kind in ("date", "time"):
            numbers = random.integers(0, 86_400, n) / 86_400 + (column.kind == "date") * random.integers(
                0, 3, n
            )
        if column.kind == "boolean":
            numbers = random.integers(0, 2, n).astype(float)
        numbers[random.random(n) < 0.15] = np.nan
        for each in plan.encodings:  # some rows at the edges of ramps, where z is exact
            if (
                isinstance(each, RampedNumber)
                and each.column == place
                and each.edges
                and column.kind == "number"
            ):
                numbers[1 : 1 + len(each.edges)] = each.centre + each.scale * np.array(each.edges)
        cells.append(numbers)
    return cells
