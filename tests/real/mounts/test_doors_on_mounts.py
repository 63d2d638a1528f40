"""The door, raced by five kinds of access at once: of each name exactly one contender is told
that it made it.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.real.mounts.guests import SERVED
from tests.real.mounts.packages import ASKED

pytestmark = pytest.mark.real

CONTENDERS = {
    "nfs4": ("a", "/mnt/nfs4"),
    "nfs3": ("b", "/mnt/nfs3"),
    "cifs": ("b", "/mnt/cifs"),
    "smb": ("a", "smb://root@srv/share"),
    "disk": ("srv", SERVED),
}
SLOT_S = 0.05
DOORS = 3000 if ASKED == "all" else 200


def race(lab, folder, count):
    lab.run("srv", f"mkdir {SERVED}/{folder}")
    ahead_s = {host: lab.clock_ahead_s(host) for host, _ in CONTENDERS.values()}
    start_s = time.time() + 6

    def contend(contender):
        host, location = contender
        said = lab.run(
            host,
            f"cd {lab.tree} && PYTHONPATH=. WAM_SMB_PASSWORD=wam {sys.executable} "
            f"-m tests.real.mounts.inside.door_race {location} {folder} {count} "
            f"{start_s + ahead_s[host]} {SLOT_S}",
            timeout_s=120 + count * SLOT_S * 4,
        )
        return json.loads(said.splitlines()[-1])

    with ThreadPoolExecutor(len(CONTENDERS)) as pool:
        told = dict(zip(CONTENDERS, pool.map(contend, CONTENDERS.values()), strict=True))
    made = lab.run("srv", f"ls {SERVED}/{folder} | wc -l")
    assert int(made) == count
    print("clocks ahead by", {host: round(s, 4) for host, s in ahead_s.items()})
    return told


@pytest.mark.timeout(900)
def test_of_all_kinds_of_access_exactly_one_makes_a_door(lab):
    told = race(lab, "doors", DOORS)
    wins = Counter(number for one in told.values() for number in one["won"])
    double = [number for number, times in wins.items() if times > 1]
    nobody = [number for number in range(DOORS) if number not in wins]
    for kind, one in told.items():
        print(f"{kind}: {len(one['won'])} won, {one['late']} tried late")
    print(f"{DOORS} doors: {len(double)} double wins, {len(nobody)} without a winner")
    assert (double, nobody) == ([], [])
    # A race in which one is always first shows nothing.
    assert sum(bool(one["won"]) for one in told.values()) >= 3
