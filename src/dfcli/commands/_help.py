"""How commands appear in help: in sections, in the order of use."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

MAKE, LOOK, FIND, OWN = HEADINGS = ("Make data", "See what happened", "Find what is there", "Write your own")


class Sections(TyperGroup):
    """A group whose commands are listed under the headings they were registered with."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section per heading, all with the same column of names."""
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        width = max(len(name) for name, _ in named)
        for heading in HEADINGS:
            rows = [
                (name.ljust(width), command.get_short_help_str(formatter.width - width - 6))
                for name, command in named
                if command is not None and getattr(command, "rich_help_panel", None) == heading
            ]
            with formatter.section(heading):
                formatter.write_dl(rows)
