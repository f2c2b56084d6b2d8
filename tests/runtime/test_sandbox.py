"""Generated code reaches nothing but its rows: each attempt to get out fails, and costs the one row that made it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.errors import EnvironmentLacks
from dfcli.runtime.sandbox import Limits, Result, Worker, strength
from dfcli.runtime.sandbox.seccomp import program

strong = pytest.mark.skipif(strength().level != "strong", reason=f"the sandbox is not strong: {strength().why}")

SECRET = "a secret of the user"

ESCAPES = {
    "a file of the system is read": "return open('/etc/passwd').read()",
    "a file of the user is read": "return open(row['file']).read()",
    "the user's folder is listed": "import os\nreturn os.listdir(row['folder'])",
    "processes are listed": "import os\nreturn os.listdir('/proc')",
    "the parent's memory is read": "return open(f\"/proc/{row['pid']}/mem\", 'rb').read(10)",
    "the parent's files are read": "import os\nreturn os.listdir(f\"/proc/{row['pid']}/fd\")",
    "a file is written to the root": "open('/written', 'w').write('x')\nreturn 'written'",
    "a file is written to tmp": "open('/tmp/written', 'w').write('x')\nreturn 'written'",
    "a file is written to shared memory": "open('/dev/shm/written', 'w').write('x')\nreturn 'written'",
    "a library is overwritten": "import os\nopen(os.__file__, 'a').write('x')\nreturn 'written'",
    "a folder is made": "import os\nos.mkdir('/made')\nreturn 'made'",
    "a link is made": "import os\nos.symlink('/etc', '/link')\nreturn 'made'",
    "a file is deleted": "import os\nos.remove(os.__file__)\nreturn 'deleted'",
    "an internet socket": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_STREAM)\nreturn 'made'",
    "an internet socket of version 6": "import socket\nsocket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\nreturn"
    " 'made'",
    "a local socket": "import socket\nsocket.socket(socket.AF_UNIX, socket.SOCK_STREAM)\nreturn 'made'",
    "a socket of the kernel": "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)\nreturn 'made'",
    "a pair of sockets": "import socket\nsocket.socketpair()\nreturn 'made'",
    "a name is looked up": "import socket\nreturn socket.gethostbyname('localhost.localdomain')",
    "a process is forked": "import os\nif os.fork() == 0:\n    os._exit(0)\nreturn 'forked'",
    "a fork bomb": "import os\nwhile True:\n    os.fork()",
    "a program is started": "import subprocess\nreturn subprocess.run(['ls'], capture_output=True).stdout.decode()",
    "a shell is started": "import os\nreturn 'ran' if os.system('true') == 0 else 1 / 0",
    "a thread is started": "import threading\nthreading.Thread(target=print).start()\nreturn 'started'",
    "the parent is killed": "import os\nos.kill(row['pid'], 9)\nreturn 'killed'",
    "the parent is traced": "import ctypes\nreturn 'traced' if ctypes.CDLL(None).ptrace(16, row['pid'], 0, 0) == 0"
    " else 1 / 0",
    "a file system is mounted": "import ctypes\nreturn 'mounted' if ctypes.CDLL(None).mount(b'x', b'/usr', b'tmpfs',"
    " 0, 0) == 0 else 1 / 0",
    "namespaces are made": "import ctypes\nreturn 'made' if ctypes.CDLL(None).unshare(0x10000000) == 0 else 1 / 0",
    "the root is changed": "import os\nos.chroot('/usr')\nreturn 'changed'",
    "the user becomes root": "import os\nos.setuid(0)\nreturn 'root'",
    "limits are raised": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))\nreturn 'raised'",
    "the environment is read": "import os\nreturn os.environ['DFCLI_SECRET']",
    "all of memory is taken": "return len('x' * 10**11)",
    "endless recursion": "def again():\n    return again()\nreturn again()",
    "an endless loop": "while True:\n    pass",
    "an endless loop that hears no signal": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile"
    " True:\n    pass",
    "a long sleep": "import time\ntime.sleep(3600)",
    "an exit of Python": "raise SystemExit(0)",
    "an exit of the process": "import os\nos._exit(0)",
    "an abort": "import os\nos.abort()",
    "a broken pointer": "import ctypes\nreturn ctypes.string_at(0)",
    "a huge answer": "return 'x' * 10**8",
    "an answer without end": "class Endless(dict):\n    pass\na = Endless()\na['a'] = a\nreturn a",
    "a memory file": "import os\nreturn os.memfd_create('x')",
    "a pickle that runs a program": (
        "import pickle\nfound = pickle.loads(b\"cos\\nsystem\\n(S'true'\\ntR.\")\nreturn 'ran' if found == 0 else 1 / 0"
    ),
    "frames of the caller": "import sys\nframe = sys._getframe()\nwhile frame:\n    if 'secret' in frame.f_globals:\n"
    "        return frame.f_globals['secret']\n    frame = frame.f_back\nraise KeyError",
    "objects of the collector": f"import gc\nreturn [each for each in gc.get_objects() if isinstance(each, list) and"
    f" {SECRET!r} in each][0]",
}
"""What a function does, by what it tries; none of it is stopped by the gate here."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    (made / "secret.txt").write_text(SECRET, encoding="utf-8")
    return made


def tries(body: str, kind: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return f"def attempt(row):\n{lines}\n\ndef fine(row):\n    return {kind!r}\n"


@strong
@pytest.mark.parametrize("kind", ESCAPES)
def test_there_is_no_way_out(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFCLI_SECRET", SECRET)
    row = {"file": str(folder / "secret.txt"), "folder": str(folder), "pid": os.getpid()}
    with Worker(tries(ESCAPES[kind], kind), Limits(seconds=0.6)) as worker:
        assert worker.call("attempt", [row])[0].error is not None
        assert worker.call("fine", [row]) == [Result(kind)]
    assert os.listdir(folder) == ["secret.txt"]


@strong
def test_there_are_enough_ways_that_were_tried() -> None:
    assert len(ESCAPES) >= 40


@strong
def test_only_the_row_that_breaks_it_fails_and_the_others_go_on() -> None:
    source = "import os\ndef half(row):\n    return row['n'] // 2 if row['n'] % 50 else os._exit(1)\n"
    with Worker(source) as worker:
        results = worker.call("half", [{"n": at} for at in range(1, 120)])
    assert [at for at, each in enumerate(results, 1) if each.error] == [50, 100]
    assert results[-1] == Result(59)


@strong
def test_rows_are_sent_together_and_no_process_is_started_for_each() -> None:
    source = "calls = []\ndef count(row):\n    calls.append(1)\n    return len(calls)\n"
    with Worker(source) as worker:
        assert worker.call("count", [{}] * 1200)[-1] == Result(1200)
        assert worker.call("count", [{}]) == [Result(1201)]


@strong
def test_what_is_printed_is_no_answer() -> None:
    with Worker("import sys\ndef loud(row):\n    print('{}')\n    sys.stderr.write('x')\n    return 1\n") as worker:
        assert worker.call("loud", [{}, {}]) == [Result(1), Result(1)]


@strong
def test_an_answer_that_was_forged_is_told_and_nothing_breaks() -> None:
    source = (
        "import os\ndef forge(row):\n    for at in range(3, 30):\n        try:\n            os.write(at, b'[]\\n')\n"
    )
    source += "        except OSError:\n            pass\n    return 1\n"
    with Worker(source) as worker:
        assert worker.call("forge", [{}])[0].error == "it wrote into its own answers"


@strong
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(row:\n", "SyntaxError"),
        ("import os\nos._exit(1)", "the sandbox cannot be started"),
        ("1 / 0", "ZeroDivisionError: division by zero (line 1)"),
        ("", "there is no function of that name"),
        ("def f(row):\n    return {1}\n", "TypeError"),
        ("def f(row):\n\n    return row['b']\n", "KeyError: 'b' (line 3)"),
    ],
)
def test_what_is_wrong_with_a_source_is_said_in_a_sentence(source: str, said: str) -> None:
    with Worker(source) as worker:
        try:
            found = str(worker.call("f", [{"a": 1}])[0].error)
        except EnvironmentLacks as error:
            found = str(error)
    assert said in found


@strong
def test_sets_have_the_same_order_in_each_process() -> None:
    source = "def order(row):\n    return list({'a', 'b', 'c', 'd', 'e', 'f'})\n"
    orders = []
    for _ in range(3):
        with Worker(source) as worker:
            orders += worker.call("order", [{}])
    assert orders[0] == orders[1] == orders[2]


@strong
@settings(max_examples=30, deadline=None)
@given(st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)))
def test_values_come_back_as_they_went_in(values: list[object]) -> None:
    with Worker("def same(row):\n    return row['value']\n") as worker:
        assert worker.call("same", [{"value": each} for each in values]) == [Result(each) for each in values]


@strong
def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = (
        "from dfcli.runtime.sandbox import Limits, Worker\n"
        "worker = Worker('def f(row):\\n    while True: pass', Limits(seconds=600))\n"
        "worker.call('f', [{}])\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    try:
        assert _soon(lambda: _below(parent.pid))
        inside = _below(parent.pid)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert _soon(lambda: not any(Path(f"/proc/{pid}/stat").exists() for pid in inside))


def _below(pid: int) -> list[int]:
    """Return the processes below one, all generations."""
    found: list[int] = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(each.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent in (pid, *found):
            found.append(int(each.parent.name))
    return found


def _soon(holds: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_without_walls_limits_still_hold() -> None:
    with Worker("def f(row):\n    while row['n']: pass\n    return 2\n", Limits(seconds=0.5), isolated=False) as worker:
        assert worker.call("f", [{"n": 0}, {"n": 1}, {"n": 0}]) == [
            Result(2),
            Result(error="it takes longer than 0.5 seconds"),
            Result(2),
        ]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_made_of_whole_instructions_whose_jumps_stay_inside(
    machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    rules = program()
    assert rules is not None
    assert len(rules) % 8 == 0
    instructions = [rules[at : at + 8] for at in range(0, len(rules), 8)]
    assert all(at + 1 + each[2] < len(instructions) for at, each in enumerate(instructions) if each[0] in (0x15, 0x35))


def test_a_machine_whose_system_calls_are_not_known_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "abacus")
    assert program() is None
