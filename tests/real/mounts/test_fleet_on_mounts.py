"""One spool, five nodes, each with another kind of access to it; one host is cut off for a while
and one loses its power for good. Each job is done once, and published once.
"""

import json
import sys
import time
from collections import Counter

import pytest

from tests.real.mounts.guests import SERVED
from tests.real.mounts.packages import ASKED

pytestmark = pytest.mark.real

NODES = {
    "srv": f"{SERVED}/spool",
    "a": "/mnt/cifs/spool",
    "b": "/mnt/nfs4/spool",
    "c": "/mnt/nfs3/spool",
    "d": "smb://root@srv/share/spool",
}
CUT_OFF, POWER_CUT = "a", "b"
CUT_S = 25.0
# Its last words are written when it ends, which takes a while on a small guest.
END_NODE = "p=$(cat /run/node.pid); kill $p; for i in $(seq 150); do kill -0 $p || break; sleep 0.2; done 2>/dev/null"
JOBS = 200 if ASKED == "all" else 40


def start_node(lab, host):
    settings = f"PYTHONPATH=. WAM_SMB_PASSWORD=wam STARTS={lab.kept}/starts-{host}"
    lab.run(
        host,
        f"cd {lab.tree}; export {settings}; setsid {sys.executable} -m node_service run "
        f"--spool {NODES[host]} --name node-{host} --scratch /var/scratch --cpus 2 "
        f"--memory '1 GB' --poll 0.5s --program command=/bin/sh "
        f">{lab.kept}/node-{host}.log 2>&1 & echo $! >/run/node.pid",
    )


def fleet_spool(lab, *words):
    command = (
        f"cd {lab.tree} && PYTHONPATH=. {sys.executable} -m tests.real.mounts.inside.fleet_spool"
    )
    return json.loads(
        lab.run("srv", f"{command} {' '.join(words)}", timeout_s=120).splitlines()[-1]
    )


def done(lab):
    return int(lab.run("srv", f"ls -d {SERVED}/spool/done/*/*/outcome.yaml 2>/dev/null | wc -l"))


def wait_for_done(lab, count, *, deadline_s):
    end_s = time.monotonic() + deadline_s
    while (now := done(lab)) < count:
        assert time.monotonic() < end_s, f"{now} of {count} done; {said(lab)}"
        time.sleep(0.5)


def wait_for_tidied(lab):
    """Whoever was cut off in a stage-out comes back to it, and takes away what he had prepared."""
    end_s = time.monotonic() + 60
    hidden = f"ls -d {SERVED}/spool/done/*/.deck-* 2>/dev/null | wc -l"
    while time.monotonic() < end_s and int(lab.run("srv", hidden)):
        time.sleep(0.5)


def wait_for_begun(lab, *, deadline_s):
    """Else those that start slowly, as over SMB, find nothing left to do."""
    end_s = time.monotonic() + deadline_s
    while {log.name for log in lab.kept.glob("node-*.log") if " begin " in log.read_text()} != {
        f"node-{host}.log" for host in NODES
    }:
        assert time.monotonic() < end_s, said(lab)
        time.sleep(0.2)


def said(lab):
    return {log.name: log.read_text()[-1500:] for log in lab.kept.glob("node-*.log")}


@pytest.mark.timeout(1200)
def test_a_fleet_of_mixed_access_does_each_job_once(lab):
    lab.boot(*NODES)
    lab.run("srv", f"rm -rf {SERVED}/spool")
    fleet_spool(lab, "make", NODES["srv"])
    try:
        for host in NODES:
            start_node(lab, host)
        wait_for_begun(lab, deadline_s=120)
        began_s = time.monotonic()
        jobs = fleet_spool(lab, "submit", NODES["srv"], str(JOBS))
        wait_for_done(lab, JOBS // 5, deadline_s=300)
        lab.cut(CUT_OFF)
        cut_s = time.monotonic()
        wait_for_done(lab, JOBS * 2 // 5, deadline_s=300)
        lab.kill(POWER_CUT)
        time.sleep(max(0.0, cut_s + CUT_S - time.monotonic()))
        lab.mend(CUT_OFF)
        wait_for_done(lab, JOBS, deadline_s=600)
        took_s = time.monotonic() - began_s
        wait_for_tidied(lab)
        time.sleep(5)  # whoever is late has time to do what he must not
        for host in set(NODES) & set(lab.up):
            lab.run(host, END_NODE)
        check(jobs, fleet_spool(lab, "audit", NODES["srv"]), took_s, said(lab))
        check_starts(lab, jobs)
    finally:
        lab.kill(*({"c", "d"} & set(lab.up)))


def check(jobs, told, took_s, said):
    ended, events = told["ended"], Counter((e["event"], e["job"]) for e in told["journal"])
    by = Counter(one["node"] for one in ended.values())
    again = Counter(one["attempt"] for one in ended.values())
    print(f"{len(jobs)} jobs in {took_s:.0f} s; by node {dict(by)}; by attempt {dict(again)}")
    print("events:", dict(Counter(e["event"] for e in told["journal"])))
    assert set(ended) == set(jobs)
    assert {one["outcome"] for one in ended.values()} == {"completed"}
    assert set(told["results"]) == set(jobs) and set(told["results"].values()) == {"done\n"}
    # Few jobs may all be done by the others while one is cut off: that it took some is enough.
    at_work = set(by) | {e["by"] for e in told["journal"] if e["event"] == "start"}
    assert len(at_work) == len(NODES), f"a node had nothing to do: {said}"
    for job in jobs:
        # A node may lose its link or its power between the publication and its line in the journal.
        assert events["finish", job] <= 1, job
    finishes = {e["job"]: e["by"] for e in told["journal"] if e["event"] == "finish"}
    assert {job: ended[job]["node"] for job in finishes} == finishes
    unwritten = [ended[job]["node"] for job in jobs if job not in finishes]
    assert set(unwritten) <= {f"node-{POWER_CUT}", f"node-{CUT_OFF}"}
    assert told["left"] == []


def check_starts(lab, jobs):
    """No attempt was started twice, by whomever; what a power cut took from its list is missing."""
    started = [
        line.split("/")[-2]  # the attempt's folder on scratch
        for path in lab.kept.glob("starts-*")
        for line in path.read_text().split()
    ]
    print(f"{len(started)} starts of {len(jobs)} jobs are written down")
    assert len(started) == len(set(started)) > len(jobs) // 2
