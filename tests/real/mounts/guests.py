"""A lab of hosts that share one folder: a server and its clients, each a User-Mode Linux guest.

The server keeps the folder on an ext4 disk and offers it by NFS and by Samba; each client has
mounted it as ``/mnt/nfs4``, ``/mnt/nfs3`` and ``/mnt/cifs``. One more host, ``booted``, takes no
part in that: its whole root is on a disk, and its first process is systemd. Guests share a network
that reaches nothing else. A guest's processes live in a process namespace of their own: killing its first
process is a power cut, and when the tests die in whatever way, so does the lab.
"""

import compileall
import ctypes
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Client, Connection
from pathlib import Path

from tests.real.mounts.inside.far_share import FarShare
from tests.real.mounts.inside.wire import KEY, PORT, Line
from tests.real.mounts.packages import NoGuests, environment

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("spool_layout", "wamspool", "node_service", "client_tools", "benchmarks", "tests")
HOSTS = {"srv": 10, "a": 11, "b": 12, "c": 13, "d": 14, "booted": 15}
NO_CLIENTS = ("srv", "booted")
MOUNTS = {
    "nfs4": "mount -t nfs -o vers=4.2 srv:/share",
    "nfs3": "mount -t nfs -o vers=3 srv:/srv/share",
    "cifs": "mount -t cifs -o vers=3.1.1,username=root,password=wam //srv/share",
}
SERVED = "/srv/share"
MEMORY_MB = {"srv": 448}
CLIENT_MEMORY_MB = 384
DISK_BYTES = 4 << 30
BOOT_S = 180.0
CLONE_NEWNET = 0x40000000
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"]


class Lab:
    """The network and the guests on it. All of it ends with ``close``."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self._folder, self._packages = folder, packages
        self._environment = environment(packages)
        self._guests: dict[str, subprocess.Popen[bytes]] = {}
        self._lines: dict[str, Line] = {}
        self.kept = folder / "kept"
        self.tree = folder / "tree"
        self.kept.mkdir(parents=True)
        self._copy_tree()
        # The network lives as long as this process does.
        self._network = subprocess.Popen(
            [*DIES_WITH_US, "unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL
        )
        self._make_bridge()

    def _copy_tree(self) -> None:
        leave = shutil.ignore_patterns("__pycache__", ".*")
        for name in COPIED:
            shutil.copytree(ROOT / name, self.tree / name, ignore=leave)
        shutil.copy(ROOT / "pyproject.toml", self.tree)
        shutil.copy(ROOT / "LICENSE", self.tree)
        # Guests compile slowly, and a service's account could not keep what it has compiled.
        compileall.compile_dir(self.tree, quiet=2)

    def _in_network(self, *command: str) -> list[str]:
        return ["nsenter", f"--net=/proc/{self._network.pid}/ns/net", *command]

    def _ip(self, *words: str) -> None:
        command = self._in_network("ip", *words)
        subprocess.run(command, env=self._environment, check=True, capture_output=True)

    def _make_bridge(self) -> None:
        own = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{self._network.pid}/ns/net").readlink() == own:
            if self._network.poll() is not None:
                raise NoGuests("no network of its own can be made here (unshare --net)")
            time.sleep(0.01)
        self._ip("link", "add", "lab", "type", "bridge", "forward_delay", "0", "stp_state", "0")
        self._ip("addr", "add", "10.77.0.1/24", "dev", "lab")
        self._ip("link", "set", "lab", "up")

    def boot(self, *names: str) -> None:
        """These hosts are up, and clients have mounted the folder; those that are, stay."""
        new = [name for name in names if name not in self._guests]
        for name in new:
            self._start(name)
        for name in new:
            self._wait_for(name)
        with ThreadPoolExecutor(len(HOSTS)) as pool:
            list(pool.map(self._mount, (name for name in new if name not in NO_CLIENTS)))

    def _start(self, name: str) -> None:
        tap = f"tap-{name}"
        if not self._network_has(tap):
            self._ip("tuntap", "add", tap, "mode", "tap")
        self._ip("link", "set", tap, "master", "lab", "up")
        memory_mb = MEMORY_MB.get(name, CLIENT_MEMORY_MB)
        command = [
            *(*DIES_WITH_US, *self._in_network("unshare", "--pid", "--fork", "--mount-proc")),
            *("--kill-child=KILL", "linux.uml", f"mem={memory_mb}M", f"uml_dir={self._folder}/"),
            *(f"umid={name}", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro"),
            *("con=null", "con0=null,fd:1", "ssl=null", "panic=-1", "quiet"),
            f"vec0:transport=tap,ifname={tap},depth=128,mac=52:54:00:77:00:{HOSTS[name]:02x}",
            *(f"WAM_HOST={name}", f"WAM_ADDRESS={address_of(name)}", f"WAM_TREE={self.tree}"),
            *(f"WAM_PACKAGES={self._packages}", f"WAM_KEPT={self.kept}"),
            *(f"WAM_PYTHON={sys.executable}", "init=/bin/sh"),
        ]
        if name in NO_CLIENTS:
            command.append(f"ubd1={self._disk(name)}")
        command += ["--", f"{self.tree}/tests/real/mounts/inside/init.sh"]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._guests[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment | {"TMPDIR": str(self._memory_folder())},
            )
        self._lines[name] = Line(lambda: self._connection_to(name))

    def _network_has(self, link: str) -> bool:
        listing = self._in_network("ip", "link", "show", link)
        ran = subprocess.run(listing, env=self._environment, capture_output=True, check=False)
        return ran.returncode == 0

    def _disk(self, name: str) -> Path:
        """The host's disk, with a file system on it; it outlives the host's power."""
        disk = self._folder / f"{name}.disk"
        if not disk.exists():
            with disk.open("wb") as file:
                file.truncate(DISK_BYTES)
            make = ["mke2fs", "-q", "-t", "ext4", str(disk)]
            subprocess.run(make, env=self._environment, check=True, capture_output=True)
        return disk

    def _memory_folder(self) -> Path:
        """A container's /dev/shm may be far too small for a guest's memory."""
        shm = Path("/dev/shm")
        enough_bytes = (sum(MEMORY_MB.values()) + 4 * CLIENT_MEMORY_MB) << 20
        is_fit = shm.is_dir() and shutil.disk_usage(shm).free > enough_bytes
        return shm if is_fit else self._folder

    def _connection_to(self, name: str) -> Connection:
        """A connection made in the lab's network, by a thread that comes back from there."""
        kernel = ctypes.CDLL(None, use_errno=True)
        with Path("/proc/thread-self/ns/net").open() as own:
            with Path(f"/proc/{self._network.pid}/ns/net").open() as lab:
                if kernel.setns(lab.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            try:
                return Client((address_of(name), PORT), authkey=KEY)
            finally:
                kernel.setns(own.fileno(), CLONE_NEWNET)

    def _wait_for(self, name: str) -> None:
        end_s = time.monotonic() + BOOT_S
        while time.monotonic() < end_s and self._guests[name].poll() is None:
            try:
                self._lines[name].call("run", "true", 10)
            except (OSError, EOFError):
                time.sleep(0.1)
            else:
                return
        said = (self._folder / f"{name}.log").read_text(errors="replace")
        raise NoGuests(f"the guest '{name}' did not come up; it said:\n{said[-3000:]}")

    def _mount(self, name: str) -> None:
        for kind, command in MOUNTS.items():
            place = f"/mnt/{kind}"
            self.run(name, f"mkdir -p {place} && {command} {place}", timeout_s=60)

    def run(self, name: str, command: str, *, timeout_s: float = 60) -> str:
        """What a shell's command said on that host; it ended well, or this raises AssertionError."""
        code, said = self._lines[name].call("run", command, timeout_s)
        assert code == 0, f"{name}: {command}: exit {code}\n{said}"
        return said

    def clock_ahead_s(self, name: str) -> float:
        """How far the host's clock is ahead of this machine's: the quickest answer of some."""
        answers = []
        for _ in range(20):
            asked_s = time.time()
            said_s = self._lines[name].call("clock")
            answered_s = time.time()
            answers.append((answered_s - asked_s, said_s - (asked_s + answered_s) / 2))
        return min(answers)[1]

    def share(self, name: str, location: str) -> FarShare:
        """A share as that host sees it."""
        return FarShare(self._lines[name], location)

    def cut(self, name: str) -> None:
        """The host's link is down."""
        self._ip("link", "set", f"tap-{name}", "nomaster")

    def mend(self, name: str) -> None:
        """The host's link is up again."""
        self._ip("link", "set", f"tap-{name}", "master", "lab")

    def kill(self, *names: str) -> None:
        """The hosts' power is cut; their disks stay."""
        for name in names:
            self._guests[name].kill()
        for name in names:
            self._guests.pop(name).wait()

    def wait_until_off(self, name: str) -> None:
        """The host has switched itself off; its disk stays."""
        self._guests[name].wait(BOOT_S)
        del self._guests[name]

    @property
    def up(self) -> Iterable[str]:
        """The hosts that run."""
        return tuple(self._guests)

    def close(self) -> None:
        """Nothing of it runs any more."""
        self.kill(*self.up)
        self._network.kill()
        self._network.wait()


def address_of(name: str) -> str:
    """The host's address in the lab's network."""
    return f"10.77.0.{HOSTS[name]}"
