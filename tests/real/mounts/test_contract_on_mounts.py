"""The contract of every share across two hosts, and what is special about mounted folders."""

import sys

import pytest

from tests.real.mounts.guests import SERVED, address_of
from tests.real.mounts.packages import ASKED

pytestmark = pytest.mark.real

AHEAD_S = 3600
SAME = {f"{kind} and {kind}": (kind, f"b:/mnt/{kind}") for kind in ("nfs4", "nfs3", "cifs")}
MIXED = {
    f"{kind} and {other}": (kind, f"b:/mnt/{other}")
    for kind in ("nfs4", "nfs3", "cifs")
    for other in ("nfs4", "nfs3", "cifs")
    if kind != other
} | {f"{kind} and the server's disk": (kind, f"srv:{SERVED}") for kind in ("nfs4", "nfs3", "cifs")}
PAIRS = SAME | (MIXED if ASKED == "all" else {})
SUITES = ("contract_on_mounts.py", "mounted_folders.py")


@pytest.fixture(autouse=True)
def _server_ahead(lab):
    """The server's clock goes ahead, as that of a machine without NTP does."""
    set_clock(lab, AHEAD_S)
    yield
    set_clock(lab, -AHEAD_S)


def set_clock(lab, by_s):
    """To the microsecond, so that it goes back to where it was."""
    step = f"import time; time.clock_settime(time.CLOCK_REALTIME, time.time() + {by_s})"
    lab.run("srv", f"{sys.executable} -c '{step}'")


def pass_inside(lab, number, kind, there):
    """The suites pass in host 'a', on its mount and with the other host's access."""
    host, place = there.split(":")
    alike = kind[:3] == place.rpartition("/")[2][:3]
    said = lab.run(
        "a",
        f"cd {lab.tree} && MOUNT_RUN={number} MOUNT_AHEAD_S={AHEAD_S} MOUNT_HERE=/mnt/{kind} "
        f"MOUNT_ALIKE={'yes' if alike else 'no'} "
        f"MOUNT_THERE={address_of(host)}:{place} PYTHONPATH=. CI=1 "
        f"{sys.executable} -m pytest -q -n 0 -p no:cacheprovider --tb=short "
        + " ".join(f"tests/real/mounts/inside/{suite}" for suite in SUITES),
        timeout_s=500,
    )
    print(said.splitlines()[-1])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("pair", PAIRS)
def test_two_hosts_share_a_folder(lab, pair):
    pass_inside(lab, f"t{list(PAIRS).index(pair)}", *PAIRS[pair])
