"""Mistakes in a command line, each told in one line with its mend.

Click finds what is wrong; here is said what to type instead: the nearest name, the setting or the
option that was meant, the command's example.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import click

from aubench.errors import AubenchError, hint, nearest

_DATA = "use --pack FOLDER, which 'aubench prepare' makes"
_OUT = "use --results FOLDER for runs; what is printed goes to a file with > FILE"
_AGAIN = "a finished run is kept: name another --results folder, or remove the run's own"
_SHOWN = "put AUBENCH_TRACEBACK=1 before the command for tracebacks"

ELSEWHERE = {
    "amp": "use --precision 16-mixed",
    "batch-size": "use --set batch=N",
    "bs": "use --set batch=N",
    "checkpoint": "name the folder of a run, or --set weights=FILE",
    "config": "use --recipe NAME and --set KEY=VALUE; $AUBENCH_CONFIG names packs",
    "corpus": "--protocol NAME says which corpus it needs; --pack FOLDER names its pack",
    "cpu": "use --device cpu",
    "cuda": "use --device cuda",
    "data": _DATA,
    "data-dir": _DATA,
    "data-path": _DATA,
    "data-root": _DATA,
    "dataset": "--protocol NAME says which corpus it needs; --pack FOLDER names its pack",
    "debug": _SHOWN,
    "force": _AGAIN,
    "fp16": "use --precision 16-mixed",
    "gpu": "use --device cuda",
    "gpu-id": "use --device cuda:N",
    "gpu-ids": "use --device cuda:N",
    "gpus": "use --device cuda; a run uses one GPU, and --fold shares it among machines",
    "input": "write the path alone, without an option",
    "learning-rate": "use --set lr=NUMBER",
    "log-dir": _OUT,
    "model": "use --method NAME",
    "n-epochs": "use --epochs N",
    "num-epochs": "use --epochs N",
    "num-workers": "leave it out: reading takes the cores that there are",
    "out": _OUT,
    "out-dir": _OUT,
    "output": _OUT,
    "output-dir": _OUT,
    "overwrite": _AGAIN,
    "pred": "write the file alone, without an option",
    "predictions": "write the file alone, without an option",
    "pretrained": "use --set weights=…; 'aubench info METHOD' says which",
    "quiet": "put 2>/dev/null behind the command",
    "resume": "repeat the same command: it goes on where it stopped",
    "save-dir": _OUT,
    "split": "use --fold NAME",
    "verbose": _SHOWN,
    "wd": "use --set weight_decay=NUMBER",
}
"""Option of other tools → how the same is said here."""

COMMANDS = {
    "download": "prepare",
    "eval": "score",
    "evaluate": "score",
    "fit": "run",
    "inference": "predict",
    "leaderboard": "table",
    "ls": "list",
    "plot": "study",
    "preprocess": "prepare",
    "test": "run",
    "train": "run",
}
"""Command of other tools → ours."""


class Mistake(click.UsageError):
    """A mistake in a command line: ``error: WHAT; MEND`` on one line, and exit status 2."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line."""
        click.echo(f"error: {self.format_message()}", file=file, err=True)


def mended(error: click.UsageError, words: Sequence[str], root: click.Group) -> Mistake:
    """The mistake that click found, with its mend.

    Args:
        error: What click says.
        words: The command line behind ``aubench``.
        root: The group of all commands.
    """
    what, mend = _told(error, words, root)
    line = " ".join(f"{what.rstrip('.')}; {mend}".split())
    return Mistake(line, error.ctx)


def _told(  # noqa: PLR0911  # a line per kind of mistake
    error: click.UsageError, words: Sequence[str], root: click.Group
) -> tuple[str, str]:
    """What is wrong, and how to mend it."""
    command = error.ctx.command if error.ctx else root
    called = error.ctx.command_path if error.ctx else "aubench"
    if isinstance(error, click.NoSuchOption):
        what = f"{called} has no option {error.option_name}"
        return what, _instead(error.option_name, words, command, called, root)
    if isinstance(error, click.NoSuchCommand):
        return f"no command {error.command_name!r}", _command(error.command_name, command, called)
    if isinstance(error, click.MissingParameter):
        kind = "option" if isinstance(error.param, click.Option) else "argument"
        return f"{called} lacks its {kind} {_name(error)}", _example(command)
    if isinstance(error, click.BadParameter):
        return _bad_value(error)
    if found := re.match(r"Got unexpected extra arguments? \((.*)\)", error.message):
        return f"{called} has no place for {found[1]!r}", _extra(found[1], command)
    if found := re.match(r"Option '(.*)' requires an argument", error.message):
        return f"nothing stands behind {found[1]}", _example(command)
    return error.format_message().rstrip("."), f"see '{called} --help'"


def _name(error: click.BadParameter) -> str:
    """How the option or the argument of an error is typed."""
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return error.param.human_readable_name.upper() if error.param else "?"


def _example(command: click.Command) -> str:
    """The first example of a command, as a mend."""
    lines = (command.epilog or "").splitlines()
    return f"as in: {lines[2].strip()}" if len(lines) > 2 else "see --help"


def _instead(  # noqa: PLR0911  # as above
    option: str, words: Sequence[str], command: click.Command, called: str, root: click.Group
) -> str:
    """What to type instead of an option that the command does not have."""
    name = option.lstrip("-").lower().replace("_", "-")
    value = _value(option, words)
    own = _options(command)
    if f"--{name}" in own:
        return f"write --{name}"
    if "--set" in own:
        known = _settings(words)
        setting = name.replace("-", "_")
        if setting in known:
            return f"it is a setting: --set {setting}={value or 'VALUE'}"
    if name in ELSEWHERE and ELSEWHERE[name] == _OUT and "--results" not in own:
        return (
            "use --out FILE" if "--out" in own else f"write it as an argument, {_example(command)}"
        )
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    holders = [each for each, options in _every(root) if f"--{name}" in options]
    if holders and command is not root:
        return f"'aubench {holders[0]}' has it; see '{called} --help'"
    if close := nearest(name, [option[2:] for option in own]):
        return f"did you mean --{close}?"
    if "--set" in own and (near := nearest(name, known)):
        return f"did you mean the setting --set {near}={value or 'VALUE'}?"
    if command is root:
        return "options stand behind a command: aubench COMMAND --help"
    return f"see '{called} --help'"


def _value(option: str, words: Sequence[str]) -> str | None:
    """What stands behind an option on the command line."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option and after and not after.startswith("--"):
            return after
    return None


def _settings(words: Sequence[str]) -> Mapping[str, object]:
    """The settings of the method or the corpus that the command line names; empty if unknown."""
    from aubench.experiment.methods import method_class  # noqa: PLC0415  # rarely needed, slow
    from aubench.registry import plugins  # noqa: PLC0415  # as above

    try:
        named = _value("--method", words)
        corpora = [word for word in words if word in plugins("corpora")]
        if named is None and not corpora:
            named = next((w for w in words if w.partition("/")[0] in plugins("methods")), None)
        kind = method_class(named)[0] if named else plugins("corpora")[corpora[0]].load()
    except (AubenchError, IndexError):
        return {}
    return {field.name: field for field in dataclasses.fields(kind.Settings)}


def _options(command: click.Command) -> list[str]:
    """The long options of a command."""
    options = (each for each in command.params if isinstance(each, click.Option))
    return [opt for each in options for opt in each.opts if opt.startswith("--")] + ["--help"]


def _every(group: click.Group) -> Iterator[tuple[str, list[str]]]:
    """Yield every command of a group with its long options."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", options) for inner, options in _every(command))
        elif command is not None:
            yield name, _options(command)


def _command(name: str, group: click.Command, called: str) -> str:  # noqa: PLR0911  # as above
    """What to type instead of a command that is not there."""
    from aubench.registry import LISTED, plugins  # noqa: PLC0415  # rarely needed

    known = group.list_commands(click.Context(group)) if isinstance(group, click.Group) else []
    if COMMANDS.get(name.lower()) in known:
        return f"it is '{called} {COMMANDS[name.lower()]}' here"
    if called == "aubench":
        if name.partition("/")[0] in plugins("methods"):
            return f"it is a method: aubench run --method {name} --protocol PROTOCOL"
        if name in plugins("protocols"):
            return f"it is a protocol: aubench run --method METHOD --protocol {name}"
        if any(name.lower() in plugins(kind) for kind in LISTED):
            return f"see 'aubench info {name.lower()}'"
        if name == "help":
            return "see 'aubench --help'"
        if name == "version":
            return "see 'aubench --version'"
    return hint(name, known, f"choose one of {', '.join(known)}")


def _bad_value(error: click.BadParameter) -> tuple[str, str]:
    """What is wrong with a value, and how to mend it."""
    kind = None if error.param is None else error.param.type
    if isinstance(kind, click.Choice):
        value = error.message.split("'")[1] if error.message.count("'") > 1 else ""
        known = list(map(str, kind.choices))
        every = f"choose one of {', '.join(known)}"
        near = nearest(value, known)
        return f"{_name(error)} {value}", f"did you mean {near!r}? ({every})" if near else every
    mend = "see --help"
    if isinstance(kind, click.Path):
        mend = "name another path"
    elif isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)):
        mend = f"give a {'whole ' if isinstance(kind, click.types.IntParamType) else ''}number"
        low, high = getattr(kind, "min", None), getattr(kind, "max", None)
        mend += "" if low is None else f", {low} or more" if high is None else f", {low} to {high}"
    return f"{_name(error)}: {error.message}".rstrip("."), mend


def _extra(words: str, command: click.Command) -> str:
    """How to mend a word too many."""
    if "=" in words and "--set" in _options(command):
        return f"write --set before each: --set {words.split(maxsplit=1)[0]}"
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    if not arguments:
        return f"it takes options only, {_example(command)}"
    return _example(command)
