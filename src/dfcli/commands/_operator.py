"""What is to be known about one operator, as data for programs and as a page for people."""

from __future__ import annotations

import inspect
import io
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted
from dfcli.ops.types import name_of

_TITLE = 14
"""Columns of the headings on a page."""


def describe(cls: type[Operator]) -> dict[str, Any]:
    """Return all there is to know about an operator, as plain data."""
    example = cls.examples[0] if cls.examples else None
    made = cls(**example.options) if example else None
    return {
        "name": cls.op(),
        "doc": inspect.getdoc(cls),
        "kind": cls.kind,
        "rows": made.effect() if made else cls.rows,
        "asks_a_model": issubclass(cls, Prompted) or cls.embeds,
        "needs": cls.needs,
        "use_for": list(cls.use_for),
        "aliases": list(cls.aliases),
        "not_for": list(cls.not_for),
        "reads": _columns(made.reads() if made else {}),
        "writes": _columns(made.writes() if made else {}),
        "options": {name: _option(spec, cls, name) for name, spec in _properties(cls).items()},
        "examples": [
            {"options": dict(each.options), "given": list(each.given), "want": list(each.want)} for each in cls.examples
        ],
        "recipe": snippet(cls),
        "file": file_of(cls),
    }


def page(cls: type[Operator], width: int | None = None) -> str:
    """Return an operator's page for people, its lines no longer than a width if there is one."""
    about = describe(cls)
    model = ", asks a model" if about["asks_a_model"] else ""
    sections = [
        f"{about['name']}  ({about['kind']}{model})\n\n{about['doc']}",
        _section("use for", about["use_for"]),
        _section("also called", [", ".join(cls.aliases)] if cls.aliases else []),
        _section("not for", about["not_for"]),
        _section("needs", [f"pip install 'dfcli[{cls.needs}]'"] if cls.needs else []),
        _section("reads", [f"{name}: {kind}" for name, kind in about["reads"].items()]),
        _section("writes", [f"{name}: {kind}" for name, kind in about["writes"].items()]),
        _section("rows", [_ROWS[about["rows"]]]),
        _section("options", list(_option_lines(about["options"]))),
        _section("in a recipe", snippet(cls).splitlines()),
        _section("example", list(_example_lines(about["examples"]))),
        _section("prompt", prompt_of(cls).splitlines()),
        _section("file", [about["file"]]),
    ]
    doc, *rest = filter(None, sections)
    return "\n\n".join([_folded(doc, width, 0), *(_folded(each, width, _TITLE + 2) for each in rest)])


def _folded(text: str, width: int | None, indent: int) -> str:
    if width is None:
        return text
    fold = textwrap.TextWrapper(width, subsequent_indent=" " * indent, break_on_hyphens=False)
    return "\n".join("\n".join(fold.wrap(line)) for line in text.splitlines())


def snippet(cls: type[Operator]) -> str:
    """Return a step of this operator as a recipe has it, with a `keep` where it measures something."""
    from ruamel.yaml import YAML

    options = dict(cls.examples[0].options) if cls.examples else {}
    step: Any = {"op": cls.op(), **options}
    if condition := _condition(cls):
        step["keep"] = condition
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 100
    yaml.dump([cls.op() if len(step) == 1 else step], text)
    return text.getvalue().strip()


def file_of(cls: type[Operator]) -> str:
    """Return the file an operator is written in, with the line where that says something."""
    if issubclass(cls, Prompted) and cls.file is not None:
        return str(cls.file)
    return f"{inspect.getsourcefile(cls)}:{inspect.getsourcelines(cls)[1]}"


def first_line(cls: type[Operator]) -> str:
    """Return the sentence an operator's documentation begins with."""
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def prompt_of(cls: type[Operator]) -> str:
    """Return the template of an operator that is one, without its front matter."""
    if not (issubclass(cls, Prompted) and cls.file is not None):
        return ""
    return cls.file.read_text(encoding="utf-8").split("\n---\n", 1)[-1].strip()


_ROWS = {
    "same": "as many as before",
    "fewer": "fewer than before",
    "more": "more than before",
    "any": "looks at all rows at once",
    "new": "makes the first rows of a recipe",
}


_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "object": "mapping",
    "null": "null",
}


def _columns(columns: Mapping[str, Any]) -> dict[str, str]:
    return {name: "any type" if kind is None else name_of(kind) for name, kind in columns.items()}


def _properties(cls: type[Operator]) -> dict[str, Any]:
    properties: dict[str, Any] = cls.model_json_schema()["properties"] if cls.model_fields else {}
    return properties


def _option(spec: Mapping[str, Any], cls: type[Operator], name: str) -> dict[str, Any]:
    info = cls.model_fields[name]
    option: dict[str, Any] = {"type": _type(spec), "required": info.is_required()}
    if not info.is_required():
        option["default"] = spec.get("default")
    if info.description:
        option["doc"] = info.description
    return option


def _type(spec: Mapping[str, Any]) -> str:
    """Return a JSON Schema's type in one word or few."""
    if "column" in spec:
        return f"column it {spec['column']}"
    if "enum" in spec:
        return " | ".join(json.dumps(each, ensure_ascii=False) for each in spec["enum"])
    if "const" in spec:
        return json.dumps(spec["const"], ensure_ascii=False)
    if "anyOf" in spec:
        return " | ".join(dict.fromkeys(map(_type, spec["anyOf"])))
    if spec.get("type") == "array":
        return f"list[{_type(spec.get('items', {}))}]"
    return _TYPES.get(spec.get("type", ""), "any")


def _option_lines(options: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, option in options.items():
        default = "required" if option["required"] else json.dumps(option["default"], ensure_ascii=False)
        doc = f"  {option['doc']}" if "doc" in option else ""
        yield f"{name}: {default}  ({option['type']}){doc}"


def _example_lines(examples: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for example in examples[:1]:
        for word in ("given", "want"):
            yield from (f"{word:<6} {json.dumps(row, ensure_ascii=False, default=str)}" for row in example[word])


def _section(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    first, *rest = lines
    return "\n".join(
        line.rstrip() for line in (f"{title:<{_TITLE}}{first}", *(f"{'':<{_TITLE}}{each}" for each in rest))
    )


def _condition(cls: type[Operator]) -> str | None:
    """Return a condition on what an evaluator writes, with a value from its first example."""
    if cls.kind != "evaluate" or not cls.examples or not cls.examples[0].want:
        return None
    shown = cls.examples[0].want[0]
    for column in cls(**cls.examples[0].options).writes():
        value = shown.get(column)
        if isinstance(value, bool):
            return column
        if isinstance(value, int | float):
            return f"{column} >= {value}"
    return None
