"""What may still be taken, as written by Linux for machines and for containers of both kinds."""

import pytest

from chainrule import Network
from chainrule.network import _free_memory
from chainrule.network._free_memory import free_memory

GIB = 2**30
V1 = "memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"
V2 = "memory.max", "memory.current", "memory.stat"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Write the files of a machine of 64 GiB, 48 of which are free, and those of its groups."""
    monkeypatch.setattr(_free_memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(_free_memory, "_GROUPS", tmp_path / "groups")

    def write(own, files):
        files = {f"groups/{name}": text for name, text in files.items()}
        files["proc/meminfo"] = f"MemTotal: {64 * 2**20} kB\nMemAvailable:   {48 * 2**20} kB"
        files["proc/self/cgroup"] = own
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(f"{text}\n")

    return write


def group(names, folder, limit, used, cached=0):
    stat = f"anon 5\ninactive_file {cached}\ntotal_inactive_file {cached}"
    place = [f"{name.rpartition('/')[0]}/{folder}/{name.rpartition('/')[2]}" for name in names]
    return dict(zip(place, (limit, used, stat), strict=True))


@pytest.mark.parametrize(
    ("own", "files", "free"),
    [
        ("0::/", {}, 48 * GIB),
        ("0::/", group(V2, ".", "max", GIB), 48 * GIB),
        ("0::/", group(V2, ".", 4 * GIB, GIB), 3 * GIB),
        ("0::/", group(V2, ".", 4 * GIB, 3 * GIB, cached=2 * GIB), 3 * GIB),
        ("0::/", group(V2, ".", 4 * GIB, 5 * GIB), 0),
        ("0::/", group(V2, ".", 400 * GIB, GIB), 48 * GIB),
        ("0::/a/b", group(V2, "a/b", "max", GIB) | group(V2, "a", 8 * GIB, 2 * GIB), 6 * GIB),
        ("0::/a/b", group(V2, "a/b", 2 * GIB, GIB) | group(V2, "a", 8 * GIB, 2 * GIB), GIB),
        ("0::/seen/from/outside", group(V2, ".", 2 * GIB, GIB), GIB),
        ("5:cpu:/a\n4:memory:/a\n0::/", group(V1, "a", 4 * GIB, GIB), 3 * GIB),
        ("4:memory:/docker/1f", group(V1, ".", 4 * GIB, GIB, cached=GIB), 4 * GIB),
        ("4:cpu,memory:/", group(V1, ".", 2**63 - 4096, GIB), 48 * GIB),
        ("4:memory:/", {"memory/memory.limit_in_bytes": "no number"}, 48 * GIB),
        ("", {}, 48 * GIB),
    ],
)
def test_the_tightest_limit_counts(machine, own, files, free):
    machine(own, files)
    assert free_memory() == free


def test_a_result_that_a_container_does_not_allow_is_refused(machine):
    machine("0::/", group(V2, ".", 300 * 2**20, 100 * 2**20))
    net = Network((1000, 4, 10), random_state=0)
    with pytest.raises(MemoryError, match="half of what is free is 100 MiB"):
        net.jacobian([[0.0] * 1000] * 2000)
