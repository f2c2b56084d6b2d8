"""How strong the sandbox of this machine is: found out by trying to leave it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from dfcli.errors import DfcliError
from dfcli.runtime.sandbox import seccomp
from dfcli.runtime.sandbox.worker import Limits, Worker

INSISTS = "DFCLI_UNSAFE_LOCAL_CODE"
"""The variable by which a user lets generated code run where the sandbox is not strong; no recipe can set it."""

Level = Literal["strong", "limited", "none"]


@dataclass(frozen=True)
class Strength:
    """`strong` where the kernel keeps code from files, network and processes; `limited` where limits alone hold it.

    `why` says what is missing where it is not strong.
    """

    level: Level
    why: str = ""

    @property
    def serves(self) -> bool:
        """Whether generated code may run here: the sandbox is strong, or the user insists."""
        return self.level == "strong" or (self.level == "limited" and os.environ.get(INSISTS, "") not in ("", "0"))


_PROBE = """
def escapes(row):
    import os, socket
    found = []
    def tried(what, act):
        try:
            act()
        except (OSError, ImportError):
            return
        found.append(what)
    tried("reach the network", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    tried("reach local sockets", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    tried("start processes", os.fork)
    for path in row["seen"]:
        tried("read files", lambda: os.stat(path))
    for folder in ("/", "/tmp", "/dev/shm", "/usr/lib", os.getcwd()):
        tried("write files", lambda: open(os.path.join(folder, "written"), "w"))
    for pid in (row["pid"], 1):
        tried("see processes", lambda: os.stat(f"/proc/{pid}"))
    tried("trace processes", lambda: os.kill(row["pid"], 0))
    if any(name not in ("PYTHONHASHSEED", "PWD", "LC_CTYPE") for name in os.environ):
        found.append("read the environment")
    if os.getuid() == 0:
        found.append("be root")
    return found
"""


@lru_cache
def strength() -> Strength:
    """Return how strong the sandbox is; tried out once per process, in about a tenth of a second."""
    if sys.platform != "linux":
        level: Level = "none" if sys.platform == "win32" else "limited"
        return Strength(level, f"the sandbox needs Linux, and this is {sys.platform}")
    if seccomp.program() is None:
        return Strength("limited", "the system calls of this processor are not known")
    seen = ["/etc/passwd", os.path.expanduser("~/.profile"), os.path.abspath(__file__), os.getcwd(), "/proc", "/sys"]
    try:
        with Worker(_PROBE, Limits(seconds=10)) as worker:
            result = worker.call("escapes", [{"seen": seen, "pid": os.getpid()}])[0]
    except DfcliError as error:
        return Strength("limited", str(error))
    if result.error is not None:
        return Strength("limited", f"it cannot be tried out: {result.error}")
    if result.value:
        return Strength("limited", f"code in it can {', '.join(dict.fromkeys(map(str, result.value)))}")
    return Strength("strong")
