"""Opening recipe files: by path, or by a name of the zoo."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from dfcli.recipes import zoo


def locate(name: str, folder: Path) -> Path | None:
    """Return the file that a recipe's path or name stands for, None when there is none."""
    path = Path(os.path.normpath(folder / name))
    return path if os.path.exists(path) else zoo.recipes().get(name)


def near(name: str, folder: Path) -> str:
    """Return `; did you mean 'clean.yaml'?` for a name like that of a recipe there or in the zoo, or nothing."""
    path = folder / name
    stems = {each.stem: each.name for each in sorted(path.parent.glob("*.y*ml"))} if path.parent.is_dir() else {}
    found = difflib.get_close_matches(path.stem, stems, n=1, cutoff=0.7)
    return f"; did you mean {str(Path(name).with_name(stems[found[0]]))!r}?" if found else zoo.near(name)


def text_of(path: Path) -> str:
    """Return the text of a recipe; ValueError is a sentence that says why it has none."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8 text (byte 0x{error.object[error.start]:02x})") from None
    except IsADirectoryError:
        raise ValueError("a folder, not a recipe") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
