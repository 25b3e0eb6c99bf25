"""Section: what moves the prediction. Derivatives by numbers, differences of categories."""

from collections.abc import Sequence

from chainrule.report._cells import LONGEST
from chainrule.report._charts import Bar, Numbers, bars, figure
from chainrule.report._html import Content, Markup, joined, tag
from chainrule.report._influence import Influence
from chainrule.report._subject import Subject
from chainrule.report._table import table
from chainrule.report._words import cut, number, signed
from chainrule.tables._names import counted

__all__ = ["sensitivities"]

_MOST = 20
_MOST_CATEGORIES = 10


def sensitivities(subject: Subject, ranked: Sequence[Influence]) -> Markup:
    """Return the influence of columns on each output that is shown."""
    parts: list[Content] = [tag("p", _words(subject))]
    several = len(subject.output_names) > 1
    if len(subject.shown_outputs) < len(subject.output_names):
        parts.append(tag("p", f"Of {len(subject.output_names)} classes the three most frequent are shown."))
    for output in subject.shown_outputs:
        if several:
            parts.append(tag("h3", f"How {cut(subject.output_names[output], LONGEST)} is moved"))
        ordered = sorted(ranked, key=lambda one: -float(one.effect[output]))
        tables = _derivatives(subject, ordered, output), _differences(subject, ordered, output)
        parts.append(tag("div", _effects(subject, ordered, output), tag("div", *tables), class_="charts"))
    return joined(parts)


def _words(subject: Subject) -> str:
    return (
        f"Averages over {counted(len(subject.sample), 'row')}. Derivatives are exact, by the chain rule "
        "through the whole model, in units of the target for one unit of the column. Categories have no "
        "derivative: for them there are exact differences, all else being as it is in each row. Both say "
        "what the model does, not what would happen in the world if the column were changed."
    )


def _effects(subject: Subject, ordered: Sequence[Influence], output: int) -> Markup:
    shown = ordered[:_MOST]
    sizes = [float(one.effect[output]) for one in shown]
    names = [cut(one.column.name, LONGEST) for one in shown]
    rows = [
        Bar(name, size, text, f"{name}: {text}")
        for name, size, text in zip(names, sizes, subject.unit.column(sizes), strict=True)
    ]
    name = cut(subject.output_names[output], LONGEST)
    label = f"How much each column moves {name}. " + "; ".join(row.words for row in rows[:8])
    some = f" The first {len(rows)} of {len(ordered):,} columns." if len(rows) < len(ordered) else ""
    caption = (
        "How much the prediction for a row varies (standard deviation) as this column alone takes the values "
        f"that it has in other rows.{some}"
    )
    behind = Numbers(("column", "varies by"), [(row.name, row.text) for row in rows])
    return figure(f"Strength of each column on {name}", bars(label, rows), caption, behind)


def _derivatives(subject: Subject, ordered: Sequence[Influence], output: int) -> Markup | None:
    known = [one for one in ordered if one.mean is not None][:_MOST]
    if not known:
        return None
    members = any(one.spread_members is not None for one in known)
    headings = ["column", "mean", "± over networks", "mean size", "spread over rows"]
    rows = [_derivative(one, output) for one in known]
    if not members:
        headings, rows = [*headings[:2], *headings[3:]], [[*row[:2], *row[3:]] for row in rows]
    of_classes = subject.task == "classification"
    unit = subject.unit.name or ("probability" if of_classes else "the unit of the target")
    return table(f"Derivatives, in {unit} for one unit of the column", headings, rows)


def _derivative(one: Influence, output: int) -> list[str]:
    """Return the column (with its unit), the mean, and how it varies over networks and rows."""
    assert one.mean is not None and one.mean_absolute is not None and one.spread_rows is not None
    name = cut(one.column.name, LONGEST)
    return [
        f"{name} (1 {one.per})" if one.per else name,
        signed(float(one.mean[output])),
        "" if one.spread_members is None else number(float(one.spread_members[output])),
        number(float(one.mean_absolute[output])),
        number(float(one.spread_rows[output])),
    ]


def _differences(subject: Subject, ordered: Sequence[Influence], output: int) -> Markup | None:
    known = [one for one in ordered if one.differences][:_MOST_CATEGORIES]
    if not known:
        return None
    pairs = [(one, each) for one in known for each in one.differences]
    means = subject.unit.column([float(each.mean[output]) for _, each in pairs], sign=True)
    spreads = subject.unit.column([float(each.spread_rows[output]) for _, each in pairs])
    rows = [
        (
            f"{cut(one.column.name, LONGEST)}: {cut(one.typical, LONGEST)} → {cut(each.category, LONGEST)}",
            mean,
            spread,
            f"{each.n_rows:,}",
        )
        for (one, each), mean, spread in zip(pairs, means, spreads, strict=True)
    ]
    caption = "Differences (not derivatives): from the most frequent category to another"
    return table(caption, ("column: from → to", "mean difference", "spread over rows", "rows with it"), rows)
