"""The system calls that no generated code may make, as a filter for the kernel.

The filter is a program of classic BPF (seccomp(2), linux/filter.h): it refuses what is listed and lets the rest
through. Without `clone` there are no processes and no threads; the others are what namespaces alone leave open, and
what bugs of the kernel are reached by.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterator

_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""How the kernel names machines (linux/audit.h)."""

_CALLS: dict[str, tuple[int | None, int | None]] = {
    "accept": (43, 202),
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bind": (49, 200),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clone": (56, 220),
    "connect": (42, 203),
    "delete_module": (176, 106),
    "execveat": (322, 281),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fork": (57, None),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "listen": (50, 201),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "sendmsg": (46, 211),
    "sendto": (44, 206),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vfork": (58, None),
}
"""By name, their numbers on x86_64 and aarch64."""

_CLONE3 = 435
"""Refused as if the kernel did not know it: libraries then try `clone`, which is refused."""

_LOAD, _EQUAL, _FROM, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_X32 = 0x40000000
"""The first number of a second set of system calls on x86_64."""


def program() -> bytes | None:
    """Return the filter for this machine, None where its numbers are not known."""
    machine = platform.machine()
    if machine not in _MACHINES:
        return None
    place = list(_MACHINES).index(machine)
    numbers = sorted({number for each in _CALLS.values() if (number := each[place]) is not None})
    return b"".join(struct.pack("<HBBI", *each) for each in _instructions(_MACHINES[machine], numbers))


def _instructions(machine: int, numbers: list[int]) -> Iterator[tuple[int, int, int, int]]:
    """Yield instructions: what they do, how many to skip if it holds and if not, and what with."""
    yield _LOAD, 0, 0, 4
    yield _EQUAL, 1, 0, machine
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, 0
    yield _FROM, len(numbers) + 2, 0, _X32
    yield _EQUAL, len(numbers) + 2, 0, _CLONE3
    for at, number in enumerate(numbers):
        yield _EQUAL, len(numbers) - at, 0, number
    yield _RETURN, 0, 0, _ALLOW
    yield _RETURN, 0, 0, _REFUSE | errno.EPERM
    yield _RETURN, 0, 0, _REFUSE | errno.ENOSYS
