"""A node as a service of a machine that a real systemd runs: what the unit promises, seen there."""

import pytest

from tests.real.booted.machine import PYTHON, SCRATCH, SPOOL, UNIT

pytestmark = pytest.mark.real
INSTALL = "install --config /etc/wam/node.yaml --credentials /etc/wam/node.env"
UNIT_FILE = f"/etc/systemd/system/{UNIT}.service"
DROP_IN = f"/etc/systemd/system/{UNIT}.service.d/quicker.conf"
OF_ETC = "find /etc -newer /run/before -not -name .updated | sort"


@pytest.fixture(scope="module")
def installed(machine):
    """The service runs; what was said when it was installed is kept for the test of that."""
    machine.run("touch /run/before; sleep 0.1")
    machine.said = machine.wam_node(INSTALL)
    machine.changed = machine.run(OF_ETC).split()
    machine.run(f"mkdir -p {DROP_IN.rpartition('/')[0]}")
    machine.write(DROP_IN, "[Service]\nRestartSec=1\n")
    machine.systemctl("daemon-reload")
    return machine


@pytest.fixture
def service(installed):
    """The service runs, on a machine that may be cut off from power."""
    assert installed.systemctl(f"is-active {UNIT}") == "active", installed.journal()
    return installed


def ended(machine, name):
    """How the job ended, by which attempt, and how often its solver was started."""
    record = machine.outcome(name)
    return record.outcome, record.attempt, len(machine.starts(name))


def test_installing_makes_enables_and_starts_it(service):
    assert "account wam: made" in service.said and "runs, and starts" in service.said
    assert UNIT_FILE in service.changed
    assert service.systemctl(f"is-enabled {UNIT}") == "enabled"
    service.begin("first")
    shown = service.systemctl(f"status {UNIT}")
    print(shown)
    assert "active (running)" in shown and "start job=first-" in shown
    assert (service.shown("StatusErrno"), service.shown("NRestarts")) == ("0", "0")
    service.finish("first")
    assert ended(service, "first") == ("completed", 1, 1)


def test_the_service_and_its_solvers_are_held_to_what_the_unit_says(service):
    main = service.shown("MainPID")
    assert service.run(f"stat -c %U /proc/{main}") == "wam"
    assert "WAM_SMB_PASSWORD=secret" in service.run(f"tr '\\0' '\\n' </proc/{main}/environ")
    _, solver = service.begin("held_to")
    assert "WAM_SMB_PASSWORD" not in service.run("cat /srv/decks/held_to.environment")
    status = dict(
        line.split(":\t", 1) for line in service.run(f"cat /proc/{solver}/status").splitlines()
    )
    assert status["NoNewPrivs"] == "1" and set(status["CapBnd"]) == {"0"}
    assert service.run(f"stat -c %U /proc/{solver}") == "wam"
    mounts = [line.split() for line in service.run(f"cat /proc/{solver}/mountinfo").splitlines()]
    options = {line[4]: line[5].split(",") for line in mounts}
    assert all("ro" in options[place] for place in ("/usr", "/etc", "/proc/sys", "/sys/fs/cgroup"))
    assert "rw" in options["/srv"] and "/tmp" not in options
    assert "unlimited" in service.run(f"grep -E 'locked memory' /proc/{solver}/limits")
    assert service.shown("TasksMax") == "infinity"
    print(service.run(f"systemd-analyze --no-pager security {UNIT} | tail -n 1"))
    service.finish("held_to")


def test_installing_again_changes_nothing(service):
    main = service.shown("MainPID")
    service.run("touch /run/before; sleep 0.1")
    assert "is as it should be" in service.wam_node(INSTALL)
    assert service.run(OF_ETC) == ""
    assert service.shown("MainPID") == main


def test_a_killed_service_is_started_again_and_its_solver_runs_on(service):
    main, restarts = service.shown("MainPID"), int(service.shown("NRestarts"))
    _, solver = service.begin("killed")
    service.systemctl(f"kill -s KILL --kill-whom=main {UNIT}")
    service.wait_for(
        lambda: (
            int(service.shown("NRestarts")) > restarts
            and service.shown("MainPID") not in {main, "0"}
        ),
        "systemd starts it again",
    )
    assert service.is_alive(solver)
    service.finish("killed")
    assert ended(service, "killed") == ("completed", 1, 1)
    print(service.journal())


def test_stopping_and_restarting_leave_the_solver(service):
    _, solver = service.begin("left")
    service.systemctl(f"stop {UNIT}")
    assert service.run(f"systemctl is-active {UNIT} || true") == "inactive"
    assert service.shown("Result") == "success" and service.is_alive(solver)
    service.systemctl(f"start {UNIT}")
    service.systemctl(f"restart {UNIT}")
    assert service.is_alive(solver)
    service.finish("left")
    assert ended(service, "left") == ("completed", 1, 1)


def test_a_solver_that_is_killed_for_want_of_memory_takes_nobody_along(service):
    main = service.shown("MainPID")
    _, other = service.begin("frugal")
    service.systemctl(f"set-property --runtime {UNIT} MemoryMax=100M")
    eats = f"""{PYTHON} -c 'bytearray(b"x") * (1 << 28)'\n"""
    service.submit("greedy", deck=eats)
    service.wait_until_done("greedy")
    service.systemctl(f"set-property --runtime {UNIT} MemoryMax=infinity")
    service.run("rm -r /run/systemd/system.control && systemctl daemon-reload")
    assert "oom_kill 1" in service.run(
        f"cat /sys/fs/cgroup/system.slice/{UNIT}.service/memory.events"
    )
    outcome = service.outcome("greedy")
    print(outcome)
    assert outcome.outcome == "failed" and (outcome.exit_code or int(outcome.signal)) in {9, 137}
    assert service.shown("MainPID") == main and service.is_alive(other)
    service.finish("frugal")
    assert ended(service, "frugal") == ("completed", 1, 1)


def test_a_reload_follows_the_settings_file(service):
    main = service.shown("MainPID")
    service.write("/etc/wam/node.yaml", service.settings().replace("cpus: 2", "cpus: none"))
    # Each time anew: without being asked to, the service says it once.
    for times in (1, 2):
        service.systemctl(f"reload {UNIT}")
        service.wait_for(
            lambda times=times: service.journal().count("settings refused") >= times,
            "the file is refused",
        )
    service.write("/etc/wam/node.yaml", service.settings().replace("cpus: 2", "cpus: 3"))
    service.systemctl(f"reload {UNIT}")
    service.wait_for(lambda: "setting changed setting=cpus" in service.journal(), "it is followed")
    assert service.shown("MainPID") == main


def test_after_a_power_cut_it_starts_by_itself_and_each_job_ends_once(service):
    """Two were running and may be tried again, one may not, and one was queued a moment before."""
    service.begin("again")
    service.begin("third")  # a node that had lost three took no more
    service.begin("once", "--retries 0")
    service.run("sync")  # else the disk may have lost what is told of the runs
    service.submit("queued")
    boot = service.run("cat /proc/sys/kernel/random/boot_id")
    service.cut_power()
    assert service.run("cat /proc/sys/kernel/random/boot_id") != boot
    service.wait_for(lambda: service.run(f"systemctl is-active {UNIT} || true") == "active", "up")
    service.wait_until_done("once")
    for name in ("again", "third", "queued"):
        service.finish(name)
    print(service.journal())
    assert ended(service, "again") == ended(service, "third") == ("completed", 2, 2)
    assert ended(service, "once") == ("lost", 1, 1)
    assert ended(service, "queued") == ("completed", 1, 1)
    whys = [line["detail"] for line in service.spool_journal() if line["event"] == "requeue"]
    assert whys == ["the machine was restarted while the solver ran"] * 2


def test_after_a_shutdown_a_run_is_run_again(service):
    """systemd asks all that is left to end, the solver and its runner among it. The node is told
    of it before, by the system alone.
    """
    service.run("systemctl start dbus.socket systemd-logind")
    service.write("/etc/wam/node.yaml", service.settings().replace("awake: no", "awake: yes"))
    service.systemctl(f"reload {UNIT}")
    service.wait_for(lambda: "dbus-monitor" in service.run("busctl list"), "it listens")
    service.begin("shut_down")
    service.run(
        f"{service.as_account} busctl emit /org/freedesktop/login1 "
        "org.freedesktop.login1.Manager PrepareForSleep b true"
    )
    service.shut_down_and_start()
    assert service.run(f"cat {SCRATCH}/log/* | grep -c 'event.: .leaving'") == "1"
    service.finish("shut_down")
    assert ended(service, "shut_down") == ("completed", 2, 2)


def test_uninstalling_leaves_what_belongs_to_people_and_a_solver_that_runs(service):
    _, solver = service.begin("outlives")
    said = service.wam_node("uninstall")
    assert "removed. Solvers that run go on" in said
    assert service.is_alive(solver)
    assert service.run(f"systemctl is-enabled {UNIT} 2>/dev/null || true") in {"", "not-found"}
    assert (
        service.run("find /etc/systemd /run/systemd -name 'wam-node*'")
        == DROP_IN.rpartition("/")[0]
    )
    service.run(f"id wam && test -d {SCRATCH} && test -f /etc/wam/node.yaml")
    assert "nothing to do" in service.wam_node("uninstall")
    service.wam_node(INSTALL)
    service.finish("outlives")
    assert ended(service, "outlives") == ("completed", 1, 1)
    in_flight = "ls -d claimed/* running/* held/* doors/* jobs/* incoming/*.yaml 2>/dev/null"
    service.wait_for(lambda: not service.run(f"cd {SPOOL}; {in_flight} || true"), "all is tidied")
