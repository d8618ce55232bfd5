"""``python -m aubench``."""

from aubench.cli import main

main()
