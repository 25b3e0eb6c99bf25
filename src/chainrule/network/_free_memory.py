"""Memory that this process may still take: what the machine has, and what a container is allowed.

A container's limit is one of the kernel's control groups, which stand in a tree: each of the groups above has
a limit of its own. Version 2 has one tree, version 1 one for memory.
"""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_PROC, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Bytes that the system would hand out now, to this process."""
    return min([_of_machine(), *_of_groups()])


def _of_machine() -> int:
    try:
        words = dict(line.split(":", 1) for line in (_PROC / "meminfo").read_text().splitlines())
        return int(words["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows, macOS: no page count of what is free
        return 2**31


def _of_groups() -> Iterator[int]:
    """What is left of each limit that this process stands under."""
    try:
        lines = [line.split(":", 2) for line in (_PROC / "self/cgroup").read_text().splitlines()]
    except OSError:
        return
    for number, controllers, path in (line for line in lines if len(line) == 3):
        if number == "0":  # version 2
            yield from _up(_GROUPS, path, ("memory.max", "memory.current", "inactive_file"))
        elif "memory" in controllers.split(","):
            names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            yield from _up(_GROUPS / "memory", path, names)


def _up(tree: Path, path: str, names: tuple[str, str, str]) -> Iterator[int]:
    """From a group up to the root. A container may see its own group as the root, under another path."""
    group = PurePosixPath(path.lstrip("/"))
    for folder in dict.fromkeys([group, *group.parents, PurePosixPath()]):
        left = _left(tree / folder, *names)
        if left is not None:
            yield left


def _left(folder: Path, limit: str, used: str, cached: str) -> int | None:
    """Bytes below the limit; pages of files that nobody reads are given back before it is reached."""
    try:
        most, now = (folder / limit).read_text().strip(), int((folder / used).read_text())
        if most == "max":
            return None
        statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(0, int(most) - now + int(statistics.get(cached, 0)))
    except (OSError, ValueError):
        return None
