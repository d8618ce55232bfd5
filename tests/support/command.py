"""The command line, called in a process of its own."""

import subprocess
from collections.abc import Callable

Done = subprocess.CompletedProcess[str]
Aubench = Callable[..., Done]
"""Called with arguments, and environment variables as keywords; gives the finished process."""
