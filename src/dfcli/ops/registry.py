"""Name → operator class, from entry points; built-in operators come through the same doors as anybody's.

`dfcli.operators`: a module, or a package whose modules all count, with operator classes. `dfcli.templates`: a `Path`
of a folder with prompt templates. `dfcli.recipes`: a `Path` of a folder with recipes.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from dfcli.errors import DfcliError, TemplateError, UnknownOperator
from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted, operator_from

_PACKAGE = str(Path(__file__).parents[1])

Found = TypeVar("Found", type[Operator], Path)


@dataclass(frozen=True)
class Broken:
    """A plugin that cannot be loaded: who it is, where it breaks, and why."""

    name: str
    place: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.place}: {self.why}"


@dataclass
class Registry:
    """The operators at hand, and the plugins that could not be loaded.

    Template files are indexed by name and become classes on first use.
    """

    classes: dict[str, type[Operator]] = field(default_factory=dict)
    templates: dict[str, Path] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    local: tuple[Path, ...] = ()

    def names(self) -> list[str]:
        """Return the names of all operators, sorted."""
        return sorted({*self.classes, *self.templates})

    def get(self, name: str) -> type[Operator]:
        """Return the operator class of a name; UnknownOperator, or TemplateError for a broken template."""
        if name not in self.classes:
            if name not in self.templates:
                raise UnknownOperator(name, self.names())
            self.classes[name] = operator_from(self.templates[name])
        return self.classes[name]

    def operators(self) -> Mapping[str, type[Operator]]:
        """Return every operator by name; broken templates are left out and reported in `broken`."""
        for name, path in list(self.templates.items()):
            try:
                self.get(name)
            except TemplateError as error:
                del self.templates[name]
                self.broken.append(Broken(name, *_place_and_why(error, path)))
        return {name: self.classes[name] for name in self.names()}

    def with_files(self, paths: tuple[Path, ...]) -> Registry:
        """Return a registry that also has the operators of local Python files; DfcliError for one that fails."""
        if not paths:
            return self
        more = Registry(dict(self.classes), dict(self.templates), list(self.broken), (*self.local, *paths))
        for path in paths:
            more.classes |= {cls.op(): cls for cls in classes_in(load_file(path))}
        return more

    def with_template(self, path: Path) -> type[Prompted]:
        """Return the operator that a template file named in a recipe is."""
        return operator_from(path)


@lru_cache
def installed() -> Registry:
    """Return the registry of everything installed; read once per process."""
    registry = Registry()
    for entry in _entries("dfcli.operators"):
        _guarded(registry, entry, lambda entry: _add(registry, entry, registry.classes, _operators(entry)))
    for entry in _entries("dfcli.templates"):
        _guarded(registry, entry, lambda entry: _add(registry, entry, registry.templates, _templates(entry.load())))
    return registry


def load_file(path: Path) -> ModuleType:
    """Return the module of a local Python file, loaded once per content; it runs as the user's own code."""
    name = f"dfcli_local_{path.stem}_{abs(hash((str(path.resolve()), path.read_bytes())))}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DfcliError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise DfcliError(f"{_place(error, str(path))}: {type(error).__name__}: {_said(error)}") from error
    return module


def classes_in(module: ModuleType) -> Iterator[type[Operator]]:
    """Yield the operator classes a module defines, but not those it imports or leaves abstract."""
    for each in vars(module).values():
        own = inspect.isclass(each) and each.__module__ == module.__name__ and not each.__name__.startswith("_")
        if own and issubclass(each, Operator) and not inspect.isabstract(each):
            yield each


def _entries(group: str) -> list[EntryPoint]:
    """Return the entry points of a group, dfcli's own first, so that no plugin takes one of its names."""
    return sorted(entry_points(group=group), key=lambda entry: (entry.name != "dfcli", entry.name))


def _add(registry: Registry, entry: EntryPoint, known: dict[str, Found], found: Mapping[str, Found]) -> None:
    """Add what a plugin brings, but for names that are taken, which are reported."""
    for name, each in found.items():
        if registry.classes.get(name, registry.templates.get(name)) not in (None, each):
            why = f"there is an operator {name!r} already, and names are unique; begin this one with {entry.name}_"
            registry.broken.append(Broken(entry.name, entry.value, why))
        else:
            known[name] = each


def _operators(entry: EntryPoint) -> dict[str, type[Operator]]:
    return {cls.op(): cls for module in _modules(entry.load()) for cls in classes_in(module)}


def _modules(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for each in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not each.name.startswith("_"):
            yield importlib.import_module(f"{module.__name__}.{each.name}")


def _templates(root: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(root.rglob("*.j2")) if not path.stem.startswith("_")}


def _guarded(registry: Registry, entry: EntryPoint, load: Callable[[EntryPoint], None]) -> None:
    try:
        load(entry)
    except Exception as error:  # noqa: BLE001  a stranger's module may raise anything, and must break nothing else
        registry.broken.append(unloadable(entry, error))


def unloadable(entry: EntryPoint, error: BaseException) -> Broken:
    """Return what to say of a plugin that raises when it is loaded."""
    return Broken(entry.name, _place(error, entry.value), f"{type(error).__name__}: {_said(error)}")


def _said(error: BaseException) -> str:
    return str(error.msg if isinstance(error, SyntaxError) else error)


def _place_and_why(error: TemplateError, path: Path) -> tuple[str, str]:
    """Return the first file and line that a template's error names, and all that is wrong there."""
    first, *more = str(error).splitlines()
    found = re.match(r"(.+?:\d+): (.*)", first)
    place, why = (found[1], found[2]) if found else (str(path), first.removeprefix(f"{path}: "))
    return place, "; ".join([why, *(each.removeprefix(f"{path}:") for each in more)])


def _place(error: BaseException, default: str) -> str:
    """Return the file and line, outside dfcli and the import system, where an import failed."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not _ours(each.filename)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else default


def _ours(filename: str) -> bool:
    return filename.startswith(("<frozen", _PACKAGE)) or "importlib" in filename
