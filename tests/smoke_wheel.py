"""Use the installed wheel as a stranger would: learn a table with the command, predict, compare.

Run by ``make dist`` where nothing else of the project is: ``python -I smoke_wheel.py path/to/credit.csv``.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import chainrule


def main(table: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        outputs = ("--output", "credit.chainrule", "--plot", "credit.png", "--json")
        options = ("--target", "Status", "--seed", 0, "--early-stopping", *outputs)
        fitted = json.loads(command("fit", table, *options))
        command("predict", "credit.chainrule", table, "--output", "predicted.csv")
        with open("predicted.csv", newline="") as predicted, open(table, newline="") as true:
            pairs = list(zip(csv.DictReader(predicted), csv.DictReader(true), strict=True))
        accuracy = sum(guess["Status"] == row["Status"] for guess, row in pairs) / len(pairs)
        scored = json.loads(command("score", "credit.chainrule", table, "--json"))
        check(accuracy > scored["constant_guess"]["accuracy"] + 0.05, f"accuracy {accuracy:.3f}")
        check(abs(accuracy - scored["model"]["accuracy"]) < 1e-12, "score and predict agree")
        check(fitted["held_out"]["rows"] == 891, "rows held out")
        check(Path("credit.png").read_bytes().startswith(b"\x89PNG"), "a picture is drawn")
        check(command("--version") == f"chainrule {chainrule.__version__}\n", "version")
    print(f"chainrule {chainrule.__version__} from {Path(chainrule.__file__).parent} works")


def command(*arguments: object) -> str:
    script = Path(sys.executable).with_name("chainrule")
    done = subprocess.run([script, *map(str, arguments)], capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"chainrule {arguments[0]}: {done.stderr}")
    return done.stdout


def check(kept: bool, what: str) -> None:
    if not kept:
        sys.exit(f"smoke test failed: {what}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
