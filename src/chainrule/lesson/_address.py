"""A lesson's state as the text of an address, after the #: the settings that are not the usual ones.

Nothing at all stands for how this lesson began, be it with a table or with a model.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import numpy as np

from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Integer, shortened
from chainrule.lesson._section import Section
from chainrule.lesson._study import Study
from chainrule.lesson.data import DRAWN, OWN, Drawn, drawn_data

__all__ = ["address_of", "go_to"]

_LONGEST = 20_000
_MOST_WEIGHTS = 300
"""Parameters up to which edited weights stand in an address."""
_ROW, _POSITION = Integer(0, 99_999), Integer(0, 10**9)


def address_of(study: Study, sections: Iterable[Section]) -> str:
    """Return the address of a lesson's state."""
    parts = []
    for section in sections:
        for name, (field, default) in section.settings.items():
            if section.values[name] != default:
                parts.append((f"{section.name}.{name}", field.text(section.values[name])))
    drawn = study.own.get(DRAWN) if study.setup.data == DRAWN else None
    if drawn is not None and drawn.drawn is not None and len(drawn.X) <= Drawn.MOST_IN_ADDRESS:
        parts.append(("points", drawn.drawn.text()))
    if study.row:
        parts.append(("row", str(study.row)))
    learner = study.learner
    if not learner.edited and learner.position:
        parts.append(("at", str(learner.position)))
    elif learner.edited and study.network.n_parameters <= _MOST_WEIGHTS:
        parts.append(
            ("weights", urlsafe_b64encode(study.network.parameters.astype("<f8").tobytes()).decode())
        )
    if not parts and study.setup != study.beginning:
        parts.append(("network.data", study.setup.data))
    return "&".join(f"{name}={quote(text, safe='_-.,')}" for name, text in parts)


def go_to(address: str, study: Study, sections: Mapping[str, Section]) -> list[str]:
    """Bring study and sections to what an address says; return what of it could not be had, in words.

    Raises
    ------
    MessageError
        If it is none of this lesson.
    """
    if len(address) > _LONGEST:
        raise MessageError(f"the address has {len(address):,} characters; accepted are up to {_LONGEST:,}")
    parts = dict(parse_qsl(address, keep_blank_values=True, max_num_fields=200))
    whole = {name: parts.pop(name) for name in ("points", "row", "at", "weights") if name in parts}
    meant: dict[str, dict[str, Any]] = {name: _defaults(section) for name, section in sections.items()}
    if not address:
        meant["network"] = dict(vars(study.beginning))
    for key, text in parts.items():
        section, _, name = key.partition(".")
        if section not in sections or name not in sections[section].settings:
            raise MessageError(f"the address has {shortened(key)}, which is no setting of this lesson")
        meant[section][name] = sections[section].settings[name][0].parse(text, key)
    said = []
    if "points" in whole:
        study.use(drawn_data(Drawn.parse(whole["points"])))
    if meant["network"]["data"] in OWN and meant["network"]["data"] not in study.own:
        meant["network"]["data"] = _defaults(sections["network"])["data"]
        said.append("the address is of data that were given to another lesson: they are not here")
    sections["network"].set(**meant.pop("network"))
    study.restart()
    study.choose_row(_ROW.parse(whole["row"], "row") if "row" in whole else 0)
    if "at" in whole:
        position = _POSITION.parse(whole["at"], "at")
        stopped = study.learner.go_to(position)
        if stopped:
            said.append(f"on the way to step {position:,}: {stopped}")
    if "weights" in whole:
        study.set_parameters(_weights(whole["weights"], study))
    for name, values in meant.items():
        sections[name].study_changed()
        sections[name].set(**values)
    return said


def _defaults(section: Section) -> dict[str, Any]:
    return {name: default for name, (_, default) in section.settings.items()}


def _weights(text: str, study: Study) -> Any:
    n = study.network.n_parameters
    try:
        values = np.frombuffer(urlsafe_b64decode(text.encode("ascii")), dtype="<f8")
    except ValueError:
        raise MessageError("the address's weights are damaged") from None
    if values.size != n or not np.isfinite(values).all():
        raise MessageError(f"the address has {values.size} weights; this network has {n} parameters")
    return values
