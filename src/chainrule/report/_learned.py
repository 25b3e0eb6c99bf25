"""Section: what was learned, from what."""

from collections import Counter
from collections.abc import Sequence

from chainrule.report._cells import LONGEST, value_of
from chainrule.report._html import Content, Markup, joined, tag
from chainrule.report._influence import Influence
from chainrule.report._subject import Subject
from chainrule.report._table import table
from chainrule.report._words import cut, number
from chainrule.tables import Column
from chainrule.tables._names import counted
from chainrule.tables.columns import Kind
from chainrule.tables.ensemble import TableClassifier, TableRegressor
from chainrule.tables.ensemble._encoder import CategoryColumn

__all__ = ["MOST_COLUMNS", "learned"]

MOST_COLUMNS = 20
_HOLDS: dict[Kind, str] = {
    "number": "numbers",
    "text": "text",
    "boolean": "yes or no",
    "date": "dates",
    "time": "times of day",
}
_STOPPED = {
    "no improvement": "the loss or score no longer improved",
    "max_iter": "the planned number of steps was reached",
    "interrupted": "it was interrupted",
    "converged": "it converged",
    "small gradient": "the gradient was small",
    "small step": "the steps were small",
    "small change": "the loss hardly changed",
    "callback": "a callback stopped it",
    "time limit": "its time was used up",
    "diverged": "the weights were no longer finite",
}


def learned(subject: Subject, ranked: Sequence[Influence]) -> Markup:
    """Return facts of the fit, and the columns: the most influential first."""
    return joined(_facts(subject), _columns(subject, ranked), _others(subject, ranked), _notes(subject))


def facts(pairs: Sequence[tuple[str, Content]]) -> Markup:
    """Return a list of names and what they are."""
    return tag("dl", [tag("div", tag("dt", name), tag("dd", content)) for name, content in pairs])


def _facts(subject: Subject) -> Markup:
    description, schema = subject.description, subject.description.schema
    training, network = description.training, description.network
    kinds = Counter(column.kind for column in schema.columns)
    holds = [f"{kinds[kind]} of {words}" for kind, words in _HOLDS.items() if kinds[kind]]
    held = description.held_out
    several = f"{network.members} networks of " if network.members > 1 else "one network of "
    pairs: list[tuple[str, Content]] = [
        ("Predicted", f"{cut(schema.target, LONGEST)}, {_what(subject)}"),
        ("Learned from", f"{counted(training.rows, 'row')}; {f'{held.rows:,}' if held else 'none'} held out"),
        ("Columns", f"{len(schema.columns):,} ({', '.join(holds)})"),
        ("Left out", _names(schema.left_out) if schema.left_out else "no column"),
        ("Model", f"{several}{'-'.join(map(str, network.layer_sizes))} units "
                  f"({network.settings.get('activation', '')}), {network.n_parameters:,} parameters"),
        ("Learning", f"{counted(training.epochs, 'epoch')} in {number(training.seconds)} s, until "
                     f"{_STOPPED.get(training.stop_reason, training.stop_reason)}"),
    ]  # fmt: skip
    date = getattr(subject.fitted, "fitted_at_", None)  # files of earlier formats have none
    if date:
        pairs.append(("Fitted at", f"{str(date)[:16].replace('T', ' ')} UTC"))
    pairs.append(("Written by", ", ".join(f"{name} {each}" for name, each in description.versions.items())))
    if description.notices:
        pairs.append(("Verdict of the fit", description.notices[0]))
    pairs += [("Notice", sentence) for sentence in description.notices[1:]]
    return facts(pairs)


def _what(subject: Subject) -> str:
    if subject.task == "classification":
        return f"one of {len(subject.classes):,} classes"
    return f"a number, in {subject.unit.name}" if subject.unit.name else "a number"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(cut(name, LONGEST) for name in names[:MOST_COLUMNS])
    left = len(names) - MOST_COLUMNS
    return f"{shown} and {left:,} more" if left > 0 else shown


def _columns(subject: Subject, ranked: Sequence[Influence]) -> Markup:
    rows = [_row(subject, one.column) for one in ranked[:MOST_COLUMNS]]
    some = f"The {MOST_COLUMNS} most influential of {len(ranked):,} columns"
    which = some if len(ranked) > MOST_COLUMNS else "The columns, the most influential first"
    where = "rows that are scored" if subject.y is not None else "rows of the table"
    caption = f"{which}. Ranges are those it learned from; missing cells are counted in the {where}."
    return table(caption, ("column", "holds", "range", "missing"), rows, (1, 2))


def _row(subject: Subject, column: Column) -> tuple[str, str, str, str]:
    missing = int(subject.X[column.inputs[0]].isna().sum())
    return cut(column.name, LONGEST), _HOLDS[column.kind], _range(subject, column), f"{missing:,}"


def _others(subject: Subject, ranked: Sequence[Influence]) -> Markup | None:
    rest = ranked[MOST_COLUMNS:]
    if not rest:
        return None
    names = ", ".join(cut(one.column.name, LONGEST) for one in rest)
    return tag("details", tag("summary", f"The other {len(rest):,} columns"), tag("p", names, class_="names"))


def _range(subject: Subject, column: Column) -> str:
    if column.kind == "text":
        return _categories(subject, column)
    if column.low is None or column.high is None:
        return ""
    return f"{value_of(column, column.low)} to {value_of(column, column.high)}"


def _categories(subject: Subject, column: Column) -> str:
    """Return how many categories the model knows, and a few of them."""
    fitted = subject.fitted
    if isinstance(fitted, TableClassifier | TableRegressor):
        known = next(each for each in fitted.encoder_.columns if each.name == column.name)
        assert isinstance(known, CategoryColumn)
        names = [*known.categories, *known.rare]
    else:
        encoder = subject.model.pipeline.named_steps["columns"].named_transformers_["text"][-1]
        place = subject.description.schema.inputs("text").index(column.name)
        names = [str(name) for name in encoder.categories_[place] if str(name) != "missing"]
    shown = ", ".join(cut(name, 16) for name in names[:4])
    count = "1 category" if len(names) == 1 else f"{len(names):,} categories"
    return f"{count}: {shown}{', …' if len(names) > 4 else ''}"


def _notes(subject: Subject) -> Markup | None:
    if not subject.notes:
        return None
    listed = [tag("li", cut(note, 400)) for note in subject.notes[:MOST_COLUMNS]]
    return joined(tag("h3", "Noticed when the table was read"), tag("ul", listed))
