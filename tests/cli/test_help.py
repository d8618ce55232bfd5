"""Help texts: every command has examples, every option a help, and no help loads torch."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from aubench.cli import FOLDERS, SECTIONS, cli

NAMES = [name for commands in SECTIONS.values() for name in commands]


def tree(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """``command`` and the commands in it, each with the words that call it."""
    yield " ".join(words), command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from tree((*words, name), inner)


def find(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


COMMANDS = dict(pair for name in NAMES for pair in tree((name,), find(name)))


def examples(command: click.Command) -> list[str]:
    """The lines under "Example:" at the end of a help text."""
    title, *lines = (command.epilog or "").removeprefix("\b\n").split("\n")
    assert title == "Example:"
    return [line.strip() for line in lines]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_help_text_ends_in_examples_of_the_command(words: str) -> None:
    help_text = CliRunner().invoke(cli, [*words.split(), "--help"], catch_exceptions=False).output
    lines = examples(COMMANDS[words])
    assert lines
    for line in lines:
        assert line.startswith(f"aubench {words}")
        assert f"    {line}\n" in help_text


@pytest.mark.parametrize("words", COMMANDS)
def test_examples_are_right(words: str) -> None:
    for line in examples(COMMANDS[words]):
        _, name, *rest = shlex.split(line.partition(">")[0])
        command = find(name)
        if isinstance(command, click.Group):
            command = command.commands[rest.pop(0)]
        command.make_context(name, rest)  # raises if an argument or an option is not known


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_says_what_it_does(words: str) -> None:
    for option in COMMANDS[words].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help[0].isupper() or option.help.startswith("68"), option.name
            assert option.help.endswith("."), option.name
            assert "[default" not in option.help, f"{option.name}: say it by show_default"


@pytest.mark.parametrize("words", COMMANDS)
def test_an_option_that_may_be_repeated_says_so(words: str) -> None:
    for option in COMMANDS[words].params:
        if isinstance(option, click.Option) and option.multiple:
            assert "may be repeated" in (option.help or "").lower(), option.name


def test_commands_stand_in_groups_and_every_one_is_there() -> None:
    text = CliRunner().invoke(cli, ["--help"]).output
    titles = re.findall(r"^(\w+):$", text, re.MULTILINE)
    assert titles == ["Options", "Data", "Run", "Score", "Look", "Develop"]
    assert all(re.search(rf"^  {name} ", text, re.MULTILINE) for name in NAMES)
    assert sorted(NAMES) == sorted(name for names in FOLDERS.values() for name in names)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("pre", {"prepare", "predict", "pretrain"}),
        ("run --method ada", {"adapt"}),
        ("run --protocol disfa3", {"disfa3fold", "disfa3fold-jaa", "disfa3fold-occ"}),
        ("run --protocol disfa3fold --fold ", {"0", "1", "2"}),
        ("run --device c", {"cpu", "cuda"}),
        ("table --metric m", {"mse", "mae"}),
        ("table --paper nt", {"ntinou2020"}),
        ("prepare fera", {"fera2015", "fera2017"}),
        ("check mea", {"mean"}),
        ("info ntin", {"ntinou2020"}),
        ("study sens", {"sensitivity"}),
    ],
)
def test_the_shell_completes_values_without_torch(typed: str, expected: set[str]) -> None:
    words = f"aubench {typed}"
    code = (
        "import sys\n"
        "from aubench.cli import main\n"
        "sys.argv = ['aubench']\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print('torch' in sys.modules)"
    )
    place = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | place | {"_AUBENCH_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=True,
    )
    *found, torch = done.stdout.split()
    assert {line.partition(",")[2] for line in found} == expected
    assert torch == "False"


@pytest.mark.parametrize("name", NAMES)
def test_a_help_text_loads_no_torch(name: str) -> None:
    calls = [words.split() for words in COMMANDS if words.split()[0] == name]
    code = (
        "import json, sys\n"
        "from aubench.cli import cli\n"
        f"for words in {calls!r}:\n"
        "    cli.main([*words, '--help'], standalone_mode=False)\n"
        "print(json.dumps('torch' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) is False


@pytest.mark.parametrize("name", ["score", "compare", "verify"])
def test_scoring_commands_load_no_torch(name: str) -> None:
    code = f"import sys\nimport aubench.cli.results.{name}\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
