"""Completion of commands, options and values in a shell."""

import pytest

from chainrule.cli import main


@pytest.fixture
def completed(monkeypatch, capfd):
    """What the shell is told to complete a line with."""

    def completed(line: str) -> list[str]:
        words = line.split(" ")
        monkeypatch.setenv("_CHAINRULE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        with pytest.raises(SystemExit) as ended:
            main([])
        assert ended.value.code == 0
        return capfd.readouterr().out.split()

    return completed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("chainrule comp", ["compare", "compile"]),
        ("chainrule fit --tim", ["--time-limit"]),
        ("chainrule fit --model ", ["table", "mlp"]),
        ("chainrule fit --solver l", ["lbfgs", "lm"]),
        ("chainrule export m.chainrule --to o", ["onnx"]),
        ("chainrule tune --search h", ["halving"]),
        ("chainrule fit hou", []),  # the shell completes names of files
    ],
)
def test_completion(completed, line, words):
    assert completed(line) == words


def test_the_script_for_bash(monkeypatch, capfd):
    monkeypatch.setenv("_CHAINRULE_COMPLETE", "source_bash")
    with pytest.raises(SystemExit) as ended:
        main([])
    script = capfd.readouterr().out
    assert ended.value.code == 0
    assert "complete -o default -F _chainrule_completion chainrule" in script


def test_the_help_says_how(run):
    assert "--install-completion" in run("--help").out and "--show-completion" in run("--help").out
