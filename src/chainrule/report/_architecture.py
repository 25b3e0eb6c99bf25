"""Section: the network, the factors of its derivative at one row, the cost of each order to multiply them."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus.bracketing import Bracketing, Tree, cheapest, every_tree
from chainrule.report._axes import WIDTH
from chainrule.report._cells import LONGEST
from chainrule.report._charts import Numbers, figure
from chainrule.report._html import Content, Markup, joined, tag
from chainrule.report._png import picture_of
from chainrule.report._subject import Subject
from chainrule.report._table import table
from chainrule.report._words import cut, number, signed
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["architecture", "orders"]

Array = NDArray[Any]

_MOST_ACROSS, _MOST_DOWN = 128, 64
_HIGHEST = 190
_MOST_ENTRIES, _MOST_FACTORS = 12, 5


def architecture(subject: Subject) -> Markup:
    """Return the layers, the factors at the first row that is scored, and the orders."""
    networks = subject.fitted.networks_ if subject.is_ensemble else [subject.fitted.network_]
    network, inputs = networks[0], _inputs(subject)
    factors = [np.asarray(each[0], dtype=float) for each in network.layer_jacobians(inputs)]
    product = np.asarray(network.jacobian(inputs)[0], dtype=float)
    several = len(networks) > 1
    sizes = " → ".join(f"{size:,}" for size in network.layer_sizes)
    names = [f"J{_LOWERED[len(factors) - k]}" for k in range(len(factors))]
    activations = ", ".join(map(str, network.activations)) or "none"
    formula = tag("span", "J = diag σ′(q) A", class_="once")
    words: list[Content] = [
        f"{len(networks)} networks of the same shape; shown is the first of them. " if several else "",
        f"Units: {sizes}. Hidden layers: {activations}; output: {network.output}. ",
        f"The derivative of the outputs by the inputs is the product {' · '.join(names)}, one factor a "
        "layer, the output at the left: ",
        formula,
        f". These are the factors at row {subject.X.index[0]:,} of the table.",
    ]
    encoding = (
        " The inputs are the columns as they are encoded (scaled numbers, ramps between quantiles, "
        "categories); the derivative of the encoding multiplies from the right."
    )
    known = _input_names(subject)
    pictures = [
        _matrix(f"{name}: layer {len(factors) - k}", factor, known if k == len(factors) - 1 else None)
        for k, (name, factor) in enumerate(zip(names, factors, strict=True))
    ]
    if len(factors) > 1:
        pictures.append(_matrix("Product: outputs by inputs", product, known))
    return joined(
        tag("p", *words, encoding),
        tag("div", pictures, class_="charts"),
        _costs([f.shape for f in factors], names),
    )


_LOWERED = {k: str(k).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) for k in range(1, 200)}


def _inputs(subject: Subject) -> Array:
    """Return what the network is given for the first row."""
    row, fitted = subject.X.iloc[:1], subject.fitted
    if isinstance(fitted, TableClassifier | TableRegressor):
        return np.asarray(fitted.encoder_.encoding.value(fitted._packed_rows(row)))
    return np.asarray(subject.model.pipeline[:-1].transform(row))


def _input_names(subject: Subject) -> list[str]:
    """Return what each of the network's inputs is: a part of a column."""
    fitted = subject.fitted
    if isinstance(fitted, TableClassifier | TableRegressor):
        return fitted.encoder_.input_names
    return [name.partition("__")[2] for name in subject.model.pipeline[:-1].get_feature_names_out()]


def _matrix(title: str, matrix: Array, inputs: Sequence[str] | None = None) -> Markup:
    """Return a heat map, of blocks where the matrix is large: each shows its entry of the largest size."""
    rows, cols = matrix.shape
    down, across = -(-rows // _MOST_DOWN), -(-cols // _MOST_ACROSS)
    blocks = _largest_of_blocks(matrix, down, across)
    largest = float(np.abs(matrix).max(initial=0))
    # The square root shows what is small beside the largest entry.
    levels = np.round(127 * np.sign(blocks) * np.sqrt(np.abs(blocks) / (largest or 1.0))).astype(np.int8)
    label = f"Heat map of a {rows:,} × {cols:,} matrix; the entry of the largest size is {number(largest)}."
    caption = f"{rows:,} × {cols:,}, up to {number(largest)} in size. Blue is above 0, orange below."
    if down * across > 1:
        caption += f" Each cell is a block of {down} × {across}: its entry of the largest size."
    return figure(title, _heat_map(label, levels, largest, down, across), caption, _entries(matrix, inputs))


def _heat_map(label: str, levels: NDArray[np.int8], largest: float, down: int, across: int) -> Markup:
    """Return a picture of levels, with what the script needs to tell the entry under the mouse."""
    height, width = levels.shape
    scale = min(WIDTH / width, _HIGHEST / height, 12.0)
    w, h = max(width * scale, 24.0), max(height * scale, 14.0)
    image = tag(
        "image", href=picture_of(levels), width=f"{w:.1f}", height=f"{h:.1f}", preserveAspectRatio="none"
    )
    border = tag("rect", x=0.5, y=0.5, width=f"{w - 1:.1f}", height=f"{h - 1:.1f}", class_="border")
    known: dict[str, str | float] = {
        "rows": height, "cols": width, "width": f"{w:.1f}", "down": down, "across": across,
        "largest": f"{largest:.6g}", "levels": base64.b64encode(levels.tobytes()).decode(),
    }  # fmt: skip
    data = {f"data_{name}": value for name, value in known.items()}
    box = f"0 0 {WIDTH} {h:.1f}"
    return tag("svg", image, border, viewBox=box, role="img", aria_label=label, class_="chart heat", **data)


def _largest_of_blocks(matrix: Array, down: int, across: int) -> Array:
    rows, cols = matrix.shape
    padded = np.zeros((-(-rows // down) * down, -(-cols // across) * across))
    padded[:rows, :cols] = matrix
    blocks = padded.reshape(len(padded) // down, down, -1, across).transpose(0, 2, 1, 3)
    flat = blocks.reshape(*blocks.shape[:2], -1)
    return np.take_along_axis(flat, np.abs(flat).argmax(axis=2)[..., None], axis=2)[..., 0]


def _entries(matrix: Array, inputs: Sequence[str] | None) -> Numbers:
    """Return the entries of the largest size; columns are named where they are the network's inputs."""
    order = np.argsort(-np.abs(matrix), axis=None, kind="stable")[:_MOST_ENTRIES]
    places = zip(*np.unravel_index(order, matrix.shape), strict=True)
    names = inputs or [f"column {j + 1:,}" for j in range(matrix.shape[1])]
    rows = [(f"row {i + 1:,}, {cut(names[j], LONGEST)}", signed(float(matrix[i, j]))) for i, j in places]
    rest = matrix.size - len(rows)
    more = [(f"{rest:,} others, at most", number(float(np.abs(matrix).ravel()[order[-1]])))] if rest else []
    return Numbers(("entry, the largest first", "value"), [*rows, *more])


def orders(shapes: Sequence[tuple[int, int]]) -> list[Bracketing]:
    """Return all orders to multiply a chain, the cheapest first; of a long chain three.

    >>> [(each.formula, each.multiplications) for each in orders([(1, 64), (64, 64), (64, 80)])]
    [('(AB)C', 9216), ('A(BC)', 332800)]
    """
    best = cheapest(shapes)
    trees = (
        every_tree(0, len(shapes))
        if len(shapes) <= _MOST_FACTORS
        else [best.tree, _left(len(shapes)), _right(0, len(shapes))]
    )
    made = {str(tree): Bracketing(best.factors, tree) for tree in trees}
    return sorted(made.values(), key=lambda each: each.multiplications)


def _left(n: int) -> Tree:
    return 0 if n == 1 else (_left(n - 1), n - 1)


def _right(first: int, end: int) -> Tree:
    return first if end - first == 1 else (first, _right(first + 1, end))


def _costs(shapes: Sequence[tuple[int, int]], names: Sequence[str]) -> Markup | None:
    """Return what each order of multiplication costs."""
    if len(shapes) < 3:
        return tag("p", "With fewer than three factors there is only one order to multiply them.")
    found = orders(shapes)
    letters = {chr(ord("A") + k): name for k, name in enumerate(names)}
    rows: list[Sequence[Content]] = []
    for each in found:
        formula = "".join(letters.get(letter, letter) for letter in each.formula)
        times = each.multiplications / found[0].multiplications
        rows.append(
            (
                formula,
                f"{each.multiplications:,}",
                "cheapest" if times == 1 else f"{number(times)} times that",
            )
        )
    caption = (
        "Cost of each order to multiply the factors, for one row"
        if len(shapes) <= _MOST_FACTORS
        else "Cost of three orders to multiply the factors, for one row"
    )
    return table(caption, ("order", "multiplications", "beside the cheapest"), rows)
