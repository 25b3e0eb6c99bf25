"""Hostile model files, made from valid ones: damaged, forged with digests right, repacked, foreign."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hostile_contents import (
    of_arrays,
    of_columns,
    of_headers,
    of_networks,
    of_pipelines,
    of_tables,
    of_values,
)
from hostile_file import Hostile, cut, flipped
from hostile_packing import foreign, of_containers, of_former_files

FORMER = Path(__file__).parent / "files"


def some_files(valid: dict[str, bytes]) -> Iterator[Hostile]:
    """A part of each kind of hostile file, none of them large."""
    for number, file in enumerate(_without_bombs(valid)):
        if number % 31 == 0:
            yield file
    yield from islice(of_networks(valid["network"]), 0, None, 4)
    yield from islice(of_pipelines(valid["pipeline"]), 0, None, 6)
    yield from islice(of_tables(valid["table"]), 0, None, 3)
    yield from of_columns(valid["table model"])


def _without_bombs(valid: dict[str, bytes]) -> Iterator[Hostile]:
    for name, data in valid.items():
        yield from cut(name, data)
        yield from flipped(name, data, 97)
        yield from of_arrays(name, data)
        yield from of_values(name, data)
        yield from of_headers(name, data, valid)
    for version in ("v1", "v2", "v3"):
        data = (FORMER / version / "regressor.chainrule").read_bytes()
        yield from cut(version, data, data)
        yield from flipped(f"{version} regressor", data, 997)


def all_files(valid: dict[str, bytes]) -> Iterator[Hostile]:
    """Every hostile file; `valid` are present ones by name, a small one called "network" among them."""
    yield from flipped("network", valid["network"], 1)
    for name, data in valid.items():
        yield from cut(name, data)
        yield from flipped(name, data, 997)
        yield from of_arrays(name, data)
        yield from of_values(name, data)
        yield from of_headers(name, data, valid)
        yield from of_containers(name, data)
    yield from of_networks(valid["network"])
    yield from of_pipelines(valid["pipeline"])
    yield from of_tables(valid["table"])
    yield from of_columns(valid["table model"])
    for version in ("v1", "v2", "v3"):
        for path in sorted((FORMER / version).glob("[rty]*r*.chainrule")):
            yield from of_former_files(f"{version} {path.stem}", path.read_bytes())
    yield from foreign()
