"""The extras of the package (`pip install 'dfcli[sql]'`), and which of them are not installed here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution

_OTHER = re.compile(r"dfcli\[(.*)\]")


def extras(package: Distribution | None = None) -> Mapping[str, Sequence[str]]:
    """Return the distributions that each extra for users consists of, by the extra's name."""
    package = package or distribution("dfcli")
    own = {name: _listed(package, name) for name in sorted(package.metadata.get_all("Provides-Extra") or ())}
    return {
        name: [each for part in needed for each in _resolved(part, own)]
        for name, needed in own.items()
        if name != "dev"
    }


def missing(extra: str) -> list[str]:
    """Return the distributions of an extra that are not installed; of a stranger's extra nothing is known."""
    return [name for name in extras().get(extra, ()) if not _installed(name)]


def _listed(package: Distribution, extra: str) -> list[str]:
    marker = re.compile(rf"""extra == ['"]{extra}['"]""")
    return [each.partition(";")[0].strip() for each in package.requires or () if marker.search(each)]


def _resolved(requirement: str, own: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names a requirement stands for: its own, or those of the extras of dfcli that it names."""
    if found := _OTHER.match(requirement):
        return [name for extra in found[1].split(",") for each in own[extra] for name in _resolved(each, own)]
    return [re.split(r"[^\w.-]", requirement)[0]]


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
