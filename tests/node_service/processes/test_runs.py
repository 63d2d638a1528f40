"""What every runner promises, tried with real processes."""

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import psutil
import pytest

from node_service.processes import Ended, Launch, LaunchFailed, NotStarted, Running, Vanished
from node_service.processes.records import prepare_control

ROOT = Path(__file__).resolve().parents[3]


def test_an_attempt_that_nobody_started_is_not_started(attempt):
    assert attempt.state() == NotStarted()
    assert attempt.processes.usages([attempt.folder]) == {}
    assert attempt.processes.memory_bytes(attempt.folder) is None


@pytest.mark.parametrize("code", [0, 1, 16, 201, 255])
def test_the_exit_code_is_recorded(attempt, code):
    attempt.start_shell(f"exit {code}")
    ended = attempt.wait_for_end()
    assert (ended.exit_code, ended.signal) == (code, None)


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL", "SIGTERM", "SIGINT", "SIGXFSZ"])
def test_a_signal_is_recorded_as_one(attempt, name):
    attempt.start_shell(f"ulimit -c 0; kill -{name[3:]} $$")
    ended = attempt.wait_for_end()
    assert (ended.exit_code, ended.signal) == (None, getattr(signal, name))
    assert not ended.was_told


@pytest.mark.parametrize(("trap", "code"), [("trap 'exit 9' TERM", 9), ("", None)])
def test_that_the_runner_was_told_to_end_too_is_recorded(attempt, trap, code):
    """As a system does that is shut down: it asks every process."""
    attempt.start_shell(f"{trap}\necho on >on; while :; do sleep 0.01; done")
    attempt.wait_for_file("on")
    os.killpg(attempt.state().pid, signal.SIGTERM)
    ended = attempt.wait_for_end()
    assert ended.was_told and ended.exit_code == code


def test_the_solver_runs_in_its_folder_with_its_own_files(attempt):
    attempt.start_shell(
        'pwd; echo "$COLOUR" >&2; read -r line || echo nothing to read', COLOUR="red"
    )
    attempt.wait_for_end()
    assert (attempt.run / "solver.out").read_text() == f"{attempt.run}\nnothing to read\n"
    assert (attempt.run / "solver.err").read_text() == "red\n"


def test_arguments_reach_the_solver_as_they_are(attempt):
    hostile = ["a b", "$(touch x)", "`id`", "'", '"', "*", "\\", "ä;exit 3", ""]
    attempt.start(sys.executable, "-c", "import sys; print(ascii(sys.argv[1:]))", *hostile)
    attempt.wait_for_end()
    assert (attempt.run / "solver.out").read_text().strip() == ascii(hostile)


def test_a_python_service_leaves_no_ignored_signals_to_the_solver(attempt):
    attempt.start_shell("grep SigIgn /proc/self/status")
    attempt.wait_for_end()
    ignored = int((attempt.run / "solver.out").read_text().split()[1], 16)
    assert ignored & 0x7FFFFFFF == 0  # 32 and 33 belong to the C library


def test_a_running_one_is_known_by_its_runner(attempt):
    attempt.start_shell("echo $$ >pid; exec sleep 60")
    pid = int(attempt.wait_for_file("pid"))
    state = attempt.state()
    assert isinstance(state, Running)
    assert not state.orphaned
    assert psutil.Process(pid).ppid() == state.pid
    assert os.getsid(pid) == state.pid != os.getsid(0)


def test_cpu_seconds_are_those_of_the_solver_and_its_children(attempt):
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    attempt.start_shell(f'{sys.executable} -c "{burn}"; {sys.executable} -c "{burn}"')
    assert 0.55 <= attempt.wait_for_end().cpu_s < 3  # counted in ticks


def test_usage_sees_memory_that_was_given_back(attempt):
    attempt.start_python(
        "import time; block = b'x' * 60_000_000; del block; open('ready', 'w').write('1')\n"
        "time.sleep(60)"
    )
    attempt.wait_for_file("ready")
    usage = attempt.processes.usages([attempt.folder])[attempt.folder]
    assert usage.peak_memory_bytes > 60_000_000 > usage.memory_bytes > 1_000_000
    assert 0 < usage.cpu_s < 10


def test_started_twice_it_runs_once(attempt):
    for _ in range(8):
        attempt.start_shell("echo run >>../starts; [ -e ../go ] || sleep 60")
    starts = attempt.folder / "starts"
    attempt.wait_for(lambda: starts.exists() and starts.read_text())
    attempt.processes.stop(attempt.folder, force=True)
    attempt.wait_for_end()
    attempt.start_shell("echo run >>../starts")
    watched = threading.Event()
    attempt.processes.watch_end(attempt.folder, watched.set)
    assert watched.wait(30)
    assert (attempt.folder / "starts").read_text() == "run\n"
    assert attempt.wait_for_end().signal == signal.SIGKILL


SERVICE = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from node_service.processes import Launch, prepare_control
from node_service.processes.posix import PosixProcesses, shell_runner
from node_service.processes.windows import python_runner
folder = Path(sys.argv[1])
prepare_control(folder)
processes = PosixProcesses({runner})
processes.start(Launch(folder, ("/bin/sh", "-c", sys.argv[2]), {{"PATH": "/usr/bin:/bin"}}))
print("started", flush=True)
sys.stdin.read()
"""


def test_it_survives_the_service_that_is_killed(attempt):
    script = "touch begun; while [ ! -e go ]; do sleep 0.02; done; exit 7"
    text = SERVICE.format(root=str(ROOT), runner=attempt.processes._runner.__name__)
    with subprocess.Popen(
        [sys.executable, "-c", text, str(attempt.folder), script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as service:
        assert service.stdout.readline() == b"started\n"
        os.killpg(service.pid, signal.SIGKILL)
    attempt.wait_for((attempt.run / "begun").exists)
    assert isinstance(attempt.state(), Running)
    (attempt.run / "go").touch()
    ended = attempt.wait_for_end()
    assert (ended.exit_code, ended.signal) == (7, None)


def test_a_runner_that_has_written_nothing_yet_is_found(attempt):
    attempt.start_shell("sleep 60")
    attempt.wait_for(lambda: (attempt.folder / "control" / "runner").read_text().strip())
    runner = attempt.state().pid
    (attempt.folder / "control" / "runner").write_text("")
    (attempt.folder / "control" / "started").unlink()
    for processes in (attempt.processes, type(attempt.processes)()):  # that of a later service, too
        state = processes.examine(attempt.folder)
        assert isinstance(state, Running)
        assert state.pid == runner


def test_a_runner_of_our_own_is_not_searched_among_all_processes(attempt, monkeypatch):
    """For short jobs these searches took a third of what the service used, on a quiet machine."""
    searched = []
    monkeypatch.setattr(psutil, "pids", lambda: searched.append(1) or [])
    woken = threading.Event()
    attempt.start_shell("exit 3")
    attempt.processes.watch_end(attempt.folder, woken.set)
    while not woken.is_set():
        assert isinstance(attempt.state(), (Running, Ended))
    assert attempt.state().exit_code == 3
    assert not searched
    monkeypatch.undo()


def test_a_solver_whose_runner_was_killed_is_an_orphan_and_can_be_stopped(attempt):
    attempt.start_shell("echo $$ >pid; exec sleep 60")
    solver = int(attempt.wait_for_file("pid"))
    os.kill(attempt.state().pid, signal.SIGKILL)
    state = attempt.wait_for(lambda: (s := attempt.state()).pid == solver and s)
    assert state.orphaned
    assert attempt.processes.usages([attempt.folder])[attempt.folder].memory_bytes > 0
    attempt.processes.stop(attempt.folder, force=False)
    attempt.wait_for(lambda: isinstance(attempt.state(), Vanished))


def test_nothing_left_and_no_record_is_vanished(attempt):
    attempt.start_shell("echo $$ >pid; exec sleep 60")
    solver = int(attempt.wait_for_file("pid"))
    os.kill(attempt.state().pid, signal.SIGKILL)
    os.kill(solver, signal.SIGKILL)
    state = attempt.wait_for(lambda: (s := attempt.state()) and isinstance(s, Vanished) and s)
    assert state.reason == "the runner and the solver were killed from outside"


def _rewrite_runner(attempt, old: str, new: str) -> None:
    record = attempt.folder / "control" / "runner"
    record.write_text(record.read_text().replace(old, new))


def test_another_boot_is_recognised(attempt):
    attempt.start_shell("echo $$ >pid; exec sleep 60")
    attempt.wait_for_file("pid")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    os.killpg(attempt.state().pid, signal.SIGKILL)
    _rewrite_runner(attempt, boot, "00000000-0000-4000-8000-000000000000")
    attempt.wait_for(lambda: isinstance(attempt.state(), Vanished))
    assert attempt.state() == Vanished("the machine was restarted while the solver ran")


@pytest.mark.parametrize("same_start", [True, False])
def test_a_stranger_under_the_runners_pid_is_left_alone(attempt, same_start):
    attempt.start_shell("echo $$ >pid; exec sleep 60")
    attempt.wait_for_file("pid")
    runner = attempt.state().pid
    os.killpg(runner, signal.SIGKILL)
    attempt.wait_for(lambda: isinstance(attempt.state(), Vanished))
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        _rewrite_runner(attempt, f"pid {runner}\n", f"pid {stranger.pid}\n")
        if same_start:
            record = attempt.folder / "control" / "runner"
            head, _, _ = record.read_text().partition("stat ")
            stat = Path(f"/proc/{stranger.pid}/stat").read_text().strip()
            record.write_text(f"{head}stat {stat}\nend\n")
        assert isinstance(attempt.state(), Vanished)
        attempt.processes.stop(attempt.folder, force=False)
        attempt.processes.stop(attempt.folder, force=True)
        assert stranger.poll() is None
        stranger.kill()


def test_a_polite_stop_reaches_the_solver_and_the_runner_records_it(attempt):
    attempt.start_shell("trap 'echo asked; exit 9' TERM; touch up; while :; do sleep 0.02; done")
    attempt.wait_for((attempt.run / "up").exists)
    attempt.processes.stop(attempt.folder, force=False)
    assert attempt.wait_for_end().exit_code == 9
    assert (attempt.run / "solver.out").read_text() == "asked\n"


def test_a_stopped_solver_is_stopped_politely_too(attempt):
    attempt.start_shell("echo $$ >pid; exec sleep 60")
    os.kill(int(attempt.wait_for_file("pid")), signal.SIGSTOP)
    attempt.processes.stop(attempt.folder, force=False)
    assert attempt.wait_for_end().signal == signal.SIGTERM


TREE = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    if os.fork() == 0:
        {leave}
        open('grandchild', 'w').write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)  # the grandchild has lost its parent
time.sleep(60)
"""


@pytest.mark.parametrize("leave", ["pass", "os.setsid()"])
def test_force_ends_the_whole_tree_and_the_runner_records_it(attempt, leave):
    attempt.start_python(TREE.format(leave=leave))
    grandchild = psutil.Process(int(attempt.wait_for_file("grandchild")))
    attempt.processes.stop(attempt.folder, force=False)
    assert isinstance(attempt.state(), Running)
    attempt.processes.stop(attempt.folder, force=True)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
    assert attempt.wait_for_end().signal == signal.SIGKILL


def test_force_right_after_the_start_leaves_nothing_to_come(attempt):
    attempt.start_shell("sleep 60; touch late")
    attempt.processes.stop(attempt.folder, force=True)
    state = attempt.state()
    assert isinstance(state, (Ended, NotStarted, Vanished))
    assert not (attempt.run / "late").exists()


def test_what_a_solver_left_behind_is_swept_up(attempt):
    attempt.start_shell("sleep 60 & echo $! >left")
    attempt.wait_for_end()
    left = psutil.Process(int((attempt.run / "left").read_text()))
    attempt.processes.stop(attempt.folder, force=True)
    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE


def test_the_service_is_woken_at_the_end(attempt):
    woken = threading.Event()
    attempt.start_shell("while [ ! -e go ]; do sleep 0.02; done")
    attempt.wait_for(lambda: isinstance(attempt.state(), Running))
    attempt.processes.watch_end(attempt.folder, woken.set)
    assert not woken.is_set()
    (attempt.run / "go").touch()
    assert woken.wait(30)
    assert isinstance(attempt.state(), Ended)


def test_the_ends_of_several_runs_are_told_one_by_one(attempt):
    ends = []
    for name in "ab":
        folder = attempt.folder.with_name(f"{attempt.folder.name}.{name}")
        prepare_control(folder)
        script = f"while [ ! -e {attempt.run}/{name} ]; do sleep 0.02; done"
        attempt.processes.start(Launch(folder, ("/bin/sh", "-c", script), dict(os.environ)))
        attempt.processes.watch_end(folder, partial(ends.append, name))
    for told in ("b", "ba"):
        (attempt.run / told[-1]).touch()
        attempt.wait_for(lambda told=told: ends == [*told])


def test_a_run_that_ended_before_it_was_watched_wakes_at_once(attempt):
    attempt.start_shell(":")
    attempt.wait_for_end()
    woken = threading.Event()
    attempt.processes.watch_end(attempt.folder, woken.set)
    assert woken.wait(30)


def test_ended_runners_do_not_stay_as_zombies(attempt):
    attempt.start_shell(":")
    attempt.wait_for_end()
    attempt.wait_for(lambda: attempt.state() and not attempt.processes._children)


def test_a_missing_program_ends_with_127_or_125(attempt):
    attempt.start(str(attempt.folder / "no-such-solver"))
    assert attempt.wait_for_end().exit_code in {125, 127}


def test_a_program_without_its_path_is_not_launched(attempt):
    with pytest.raises(LaunchFailed, match="'ccx' is not given by its full path"):
        attempt.start("ccx")
    assert attempt.state() == NotStarted()


def test_a_command_that_no_system_takes_is_not_launched(attempt):
    with pytest.raises(LaunchFailed, match="could not be started"):
        attempt.processes.start(Launch(attempt.folder, ("/bin/true", "a\0b"), {}))


def test_where_posix_spawn_makes_no_sessions_it_starts_all_the_same(attempt, monkeypatch):
    def refuse(*_arguments, **_more):
        raise NotImplementedError

    monkeypatch.setattr(os, "posix_spawn", refuse)
    attempt.start_shell("echo $$ >pid; while [ ! -e go ]; do sleep 0.02; done; exit 3")
    assert os.getsid(int(attempt.wait_for_file("pid"))) == attempt.state().pid
    (attempt.run / "go").touch()
    assert attempt.wait_for_end().exit_code == 3


def test_a_blocked_signal_of_the_service_is_not_blocked_in_the_solver(attempt):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        attempt.start_shell("touch up; exec sleep 60")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    attempt.wait_for((attempt.run / "up").exists)
    attempt.processes.stop(attempt.folder, force=False)
    assert attempt.wait_for_end().signal == signal.SIGTERM


LEAVES = "(while [ ! -e go ]; do sleep 0.02; done) & echo $! >left; exit 3"


def test_what_goes_on_behind_its_program_counts_where_the_whole_tree_does(attempt):
    attempt.start_shell(LEAVES)
    assert attempt.wait_for_end().exit_code == 3
    left = int((attempt.run / "left").read_text())
    for _ in range(2):  # the second look does not search again
        state = attempt.processes.examine(attempt.folder, whole_tree=True)
        assert isinstance(state, Running)
        assert (state.pid, state.lingering, state.orphaned) == (left, True, False)
    (attempt.run / "go").touch()
    ended = attempt.wait_for(
        lambda: (
            isinstance(s := attempt.processes.examine(attempt.folder, whole_tree=True), Ended) and s
        )
    )
    assert ended.exit_code == 3


def test_a_polite_stop_reaches_what_goes_on_behind_its_program(attempt):
    attempt.start_shell("setsid sleep 60 & exit 0")
    attempt.wait_for_end()
    attempt.processes.stop(attempt.folder, force=False)
    attempt.wait_for(
        lambda: isinstance(attempt.processes.examine(attempt.folder, whole_tree=True), Ended)
    )


def test_a_run_is_told_from_its_own_folder(attempt):
    attempt.start_shell("while [ ! -e end ]; do sleep 0.02; done; exit 4")
    command = ("/bin/sh", "-c", 'touch "$WHAT"; echo done; read -r line || echo nothing to read')
    attempt.processes.tell(attempt.folder, command, {"PATH": os.environ["PATH"], "WHAT": "end"})
    assert attempt.wait_for_end().exit_code == 4
    out = attempt.folder / "control" / "told.out"
    attempt.wait_for(lambda: out.read_text() == "done\nnothing to read\n")


def test_a_command_that_hangs_ends_with_the_run(attempt):
    attempt.start_shell("exec sleep 60")
    attempt.processes.tell(
        attempt.folder, ("/bin/sh", "-c", "echo $$ >told; exec sleep 60"), dict(os.environ)
    )
    told = psutil.Process(int(attempt.wait_for_file("told")))
    attempt.processes.stop(attempt.folder, force=True)
    assert not told.is_running() or told.status() == psutil.STATUS_ZOMBIE
    attempt.wait_for_end()


def test_a_run_cannot_be_told_by_a_program_that_is_not_there(attempt):
    with pytest.raises(LaunchFailed, match="no-such-program terminate"):
        attempt.processes.tell(attempt.folder, ("/no-such-program", "terminate"), {})


@pytest.mark.parametrize("with_record", [False, True])
def test_a_runner_that_begins_while_it_is_looked_for_is_not_taken_for_dead(
    attempt, monkeypatch, with_record
):
    """On a busy machine a job was run twice: its runner claimed the start during the search."""
    control = attempt.folder / "control"

    def begins_meanwhile(*_arguments):
        (control / "started").touch()
        if with_record:
            (control / "runner").write_text("pid 2147483\nboot x\nstat 2147483 (sh) S\nend\n")
        return []

    monkeypatch.setattr("node_service.processes.recorded.find_marked", begins_meanwhile)
    assert attempt.processes._look(attempt.folder) == NotStarted()
    assert isinstance(attempt.processes._look(attempt.folder), Vanished)
    monkeypatch.undo()


def test_a_launcher_that_ends_while_it_is_looked_for_leaves_no_orphan(attempt, monkeypatch):
    """On a busy machine a good analysis in the background was killed as an orphan."""
    attempt.start_shell(f"while [ ! -e end ]; do sleep 0.02; done; {LEAVES}")
    attempt.wait_for_file("../control/runner")
    later = type(attempt.processes)()  # the service that started it knows its own runner
    search = later._find_runner

    def ends_meanwhile(folder):
        (attempt.run / "end").touch()
        attempt.wait_for((folder / "control" / "ended").exists)
        attempt.wait_for(lambda: search(folder) is None)
        return search(folder)

    monkeypatch.setattr(later, "_find_runner", ends_meanwhile)
    state = later.examine(attempt.folder, whole_tree=True)
    assert (state.lingering, state.orphaned) == (True, False)
    (attempt.run / "go").touch()


COUNTING = "i=0; while :; do i=$((i+1)); echo $i >count.$1; sleep 0.02; done"


def is_stopped(pid):
    process = psutil.Process(pid)
    if process.status() != psutil.STATUS_DISK_SLEEP:
        return process.status() == psutil.STATUS_STOPPED
    # A shell whose child was stopped between vfork and exec waits for that one in the kernel.
    return any(child.status() == psutil.STATUS_STOPPED for child in process.children())


def test_a_suspended_run_stands_still_with_all_it_has_started_and_goes_on(attempt):
    # one that has left the session, found by its marker
    attempt.start_shell(
        f"setsid sh -c '{COUNTING}' sh b & echo $! >left; echo $$ >own; set -- a; {COUNTING}"
    )
    own = int(attempt.wait_for_file("own"))
    attempt.wait_for_file("count.a")
    attempt.wait_for_file("count.b")
    attempt.processes.suspend(attempt.folder)
    attempt.wait_for(
        lambda: is_stopped(own) and is_stopped(int((attempt.run / "left").read_text()))
    )
    (usage,) = attempt.processes.usages([attempt.folder]).values()
    assert usage.is_suspended
    counts = [(attempt.run / f"count.{name}").read_text() for name in "ab"]
    threading.Event().wait(0.2)  # a count that goes on would have by then, ten times
    assert [(attempt.run / f"count.{name}").read_text() for name in "ab"] == counts
    assert isinstance(attempt.state(), Running)
    attempt.processes.resume(attempt.folder)
    for name, count in zip("ab", counts, strict=True):
        attempt.wait_for(
            lambda name=name, count=count: (
                (attempt.run / f"count.{name}").read_text().strip() not in {"", count.strip()}
            )
        )


@pytest.mark.parametrize("force", [False, True])
def test_a_suspended_run_can_be_stopped(attempt, force):
    attempt.start_shell("echo $$ >own; sleep 600; true")
    own = int(attempt.wait_for_file("own"))
    attempt.processes.suspend(attempt.folder)
    attempt.wait_for(lambda: is_stopped(own))
    attempt.processes.stop(attempt.folder, force=force)
    assert attempt.wait_for_end().signal in {signal.SIGTERM, signal.SIGKILL}
