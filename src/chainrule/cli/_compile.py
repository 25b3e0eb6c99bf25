"""``chainrule compile``: compile every kernel ahead."""

from chainrule import kernels
from chainrule.cli import _options as opt
from chainrule.cli._console import remark, say, say_json

__all__ = ["compile_kernels"]


def compile_kernels(where: opt.Where = False, json: opt.Json = False) -> None:
    """Compile all kernels ahead: some minutes, once.

    They are kept in a folder, whose name is printed: keep it in the image of a container, or share it between
    machines of one kind. NUMBA_CACHE_DIR names another one.
    """
    from chainrule.kernels._cache import cache_folder  # loads the compiler, which `--help` does not need

    if not where:
        remark("compiling for float64 and float32, the longest parts first")
        kernels.compile_all(lambda name, count, total: remark(f"{count:3} of {total}  {name}"))
    folder = cache_folder()
    if folder is None:
        raise OSError("compiled kernels cannot be kept: no folder can be written to; set NUMBA_CACHE_DIR")
    files = [*folder.rglob("*.kernel")]
    size = sum(file.stat().st_size for file in files)
    if json:
        say_json({"folder": str(folder), "files": len(files), "bytes": size})
    else:
        say(f"{folder} holds {len(files):,} compiled kernels ({size / 1e6:,.1f} MB)")
