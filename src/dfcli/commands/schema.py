"""`dfcli schema`: the JSON Schema of recipes."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print the JSON Schema of recipes, for editors.

    It knows every installed operator and its options. An editor with a YAML language server then completes them.

    \b
    Example:
      dfcli schema > dfcli.schema.json
      and as the first line of a recipe:
      # yaml-language-server: $schema=dfcli.schema.json
    """
    import json

    from dfcli.recipes.schema import recipe_schema

    typer.echo(json.dumps(recipe_schema(), ensure_ascii=False, indent=1))
