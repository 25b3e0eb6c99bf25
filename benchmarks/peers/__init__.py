"""The same derivatives by PyTorch, BackPACK, JAX and neural-tangents, each in its best idioms."""

import os
from importlib import import_module
from typing import Any

from benchmarks.peers.case import Answer, Case

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # neural-tangents brings TensorFlow, which greets

PEERS: list[Any] = []
# PyTorch first: after TensorFlow its compiler's library brings the process down.
for _module, _peer in (("torch", "Torch"), ("jax", "Jax"), ("neural_tangents", "NeuralTangents")):
    try:
        PEERS.append(getattr(import_module(f"benchmarks.peers.with_{_module}"), _peer))
    except ImportError as _error:
        print(f"left out: {_error}")


def answers(case: Case, what: str) -> dict[str, Answer]:
    """Every peer's ways to one quantity, by name; a peer that is not installed is left out."""
    found: dict[str, Answer] = {}
    for peer in PEERS:
        if hasattr(peer, what):
            found |= getattr(peer(case), what)()
    return found
