"""Running code in new processes, which keep what they compile in a folder of their own."""

import os
import subprocess
import sys
from pathlib import Path

import chainrule

PACKAGE = Path(chainrule.__file__).parent


class Workplace:
    """A folder whose modules can be imported, with a cache of compiled kernels that begins empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"

    def start(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        environment = {
            "PYTHONPATH": f"{self.folder}{os.pathsep}{PACKAGE.parent}",
            "NUMBA_CACHE_DIR": str(self.cache),
            # Python takes its byte code for that of a file of the same length written within the same second.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, *arguments: str) -> tuple[list[str], list[str]]:
        """The words that a process prints, and the lines it complains with."""
        process = self.start(code, *arguments)
        out, err = process.communicate()
        assert process.returncode == 0, (process.returncode, err)
        return out.split(), err.splitlines()

    def files(self) -> list[Path]:
        """The files of compiled code."""
        return sorted(file for file in self.cache.rglob("*") if file.is_file() and file.suffix != ".nbi")
