"""Text in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfcli.runtime.wording import printable

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """Return the console that people read: plain text in, no markup, no guesses about what to colour."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def print_line(text: str, console: Console) -> None:
    """Print one line, cut off at the edge of a terminal; elsewhere whole."""
    from rich.text import Text

    cut = console.is_terminal
    console.print(Text(printable(text)), no_wrap=True, overflow="ellipsis" if cut else "ignore", crop=cut)
