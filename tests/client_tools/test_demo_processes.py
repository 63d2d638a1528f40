"""Nothing that the demo started is left: not even what has left its family."""

import subprocess
import sys

import psutil
import pytest

from client_tools.demo.processes import NodeProcess, check_alive, end_all, marked
from client_tools.errors import DemoImpossible

# A "node" that starts a "solver" in a session of its own, by way of a process that ends at once.
NODE = """
import subprocess, sys, time
subprocess.run([sys.executable, "-c", "import subprocess, sys; "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], "
    "start_new_session=True, cwd=sys.argv[1])", sys.argv[1]])
print("ready", flush=True)
time.sleep(300)
"""


def test_orphans_are_ended_and_strangers_are_not(tmp_path):
    sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
    with subprocess.Popen(sleep, cwd=tmp_path) as stranger:
        process = subprocess.Popen(
            [sys.executable, "-c", NODE, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd="/",
            env=marked(tmp_path),
        )
        process.stdout.readline()
        node = NodeProcess("a", process, tmp_path / "a.log")
        here = [p for p in psutil.process_iter() if _cwd(p) == str(tmp_path.resolve())]
        orphans = [p for p in here if p.pid != stranger.pid]
        assert orphans
        assert orphans[0].pid not in [p.pid for p in psutil.Process(process.pid).children()]
        end_all([node], tmp_path)
        process.stdout.close()
        assert process.poll() is not None
        assert not [p for p in orphans if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        assert stranger.poll() is None, "who only works in the folder is left alone"
        stranger.kill()


def _cwd(process):
    try:
        return process.cwd()
    except psutil.Error:
        return None


def test_a_node_that_ends_by_itself_is_told_of(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\nno room\n")
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(4)"]) as process:
        process.wait()
        with pytest.raises(DemoImpossible, match="exit code 4: one / no room"):
            check_alive([NodeProcess("a", process, log)])
