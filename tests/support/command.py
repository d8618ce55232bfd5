"""The command line, called in a process of its own or in this one."""

import subprocess
from collections.abc import Callable

from click.testing import CliRunner

from aubench.cli import cli
from aubench.errors import AubenchError

Done = subprocess.CompletedProcess[str]
Aubench = Callable[..., Done]
"""Called with arguments, and environment variables as keywords; gives the finished process."""


def run_here(*arguments: object) -> tuple[int, str]:
    """The command line in this process: exit status, and what it printed or the error's line."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    if isinstance(result.exception, AubenchError):
        return 2, f"error: {result.exception}"
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output
