"""A guest whose first process is systemd, with WAM installed in it as anybody would install it."""

import json
import shlex
import sys
import time
from contextlib import suppress

from spool_layout.records import OutcomeRecord, parse_outcome
from tests.real.mounts.guests import Lab

HOST = "booted"
UNIT = "wam-node"
PYTHON = "/opt/wam/bin/python"
SPOOL = "/srv/spool"
SCRATCH = "/var/lib/wam"
SETTINGS = """\
wam_node: 1
name: {name}
spool: {spool}
scratch: {scratch}
cpus: 2
memory: 1 GB
poll: 1s
programs: {{command: /bin/sh}}
keep_awake: no
"""
TIMES = """heartbeat: 2
lease: 30
door_grace: 1
limits: {scratch_low: 4 MB, share_low: 4 MB}
"""
# Begins, tells who it is, and waits until it is let go.
DECK = """\
echo "$$" >>{told}
env >{told}.environment
while [ ! -e {told}.go ]; do sleep 0.3; done
cat /proc/self/status >deck.dat
"""
PAST_S = 60.0


class Machine:
    """What an administrator does there, and what users do; ``account`` submits, and owns nodes."""

    def __init__(self, lab: Lab, *, account: str = "wam", spool: str = SPOOL) -> None:
        self._lab = lab
        self.account, self.spool = account, spool

    def make(self) -> None:
        """WAM is installed for all accounts, an empty spool is there, and a node's settings."""
        packages = [str(self._lab.tree), *(p for p in sys.path if p.endswith("site-packages"))]
        self.run(f"{sys.executable} -m venv --without-pip /opt/wam")
        self.write("/opt/wam/wam.pth", "\n".join(packages))
        self.run("mv /opt/wam/wam.pth /opt/wam/lib/python3*/site-packages/")
        self.make_spool()
        self.run("mkdir -p /etc/wam && install -d -m 777 /srv/decks")
        self.write("/etc/wam/node.yaml", self.settings())
        self.write("/etc/wam/node.env", "WAM_SMB_PASSWORD=secret\n")
        self.run("chmod 600 /etc/wam/node.env")

    def make_spool(self) -> None:
        """An empty spool is there, for all accounts to write in."""
        self.run(f"{PYTHON} -P -m client_tools init {self.spool}")
        self.write(f"{self.spool}/times", TIMES)
        self.run(f"cd {self.spool} && cat times >>spool.yaml && rm times && chmod -R a+rwX .")

    def settings(self) -> str:
        """Those of a node that serves the spool."""
        return SETTINGS.format(name=HOST, spool=self.spool, scratch=SCRATCH)

    def run(self, command: str, *, timeout_s: float = 60) -> str:
        """What a shell's command said there; it ended well, or this raises AssertionError."""
        return self._lab.run(HOST, command, timeout_s=timeout_s).strip()

    def write(self, path: str, text: str) -> None:
        """The file holds the text."""
        self.run(f"printf %s {shlex.quote(text)} >{path}")

    def wam_node(self, words: str) -> str:
        """What ``wam-node`` said."""
        return self.run(f"{PYTHON} -P -m node_service {words}")

    @property
    def as_account(self) -> str:
        """What to put before a command that the account is to type."""
        account = f"--reuid {self.account} --regid {self.account} --init-groups --reset-env"
        runtime = f"XDG_RUNTIME_DIR=/run/user/$(id -u {self.account})"
        return f"setpriv {account} env {runtime}"

    def submit(self, name: str, words: str = "", *, deck: str = DECK) -> str:
        """The job of a deck that begins and waits to be let go, submitted by the account."""
        self.write(f"/srv/decks/{name}.inp", deck.format(told=f"/srv/decks/{name}"))
        said = self.run(
            f"cd /srv/decks && {self.as_account} {PYTHON} -P -m client_tools ticket "
            f"--spool {self.spool} {name}.inp --solver command {words}"
        )
        return next(word for word in said.split() if word.startswith(f"{name}-"))

    def starts(self, name: str) -> list[str]:
        """The process of each start of the deck."""
        return self.run(f"cat /srv/decks/{name} 2>/dev/null || true").split()

    def wait_for(self, condition, what: str):
        """What the condition gives once it is true; fails after a while, with the journal."""
        end_s = time.monotonic() + PAST_S
        while not (found := condition()):
            assert time.monotonic() < end_s, f"{what}; {self.journal()}"
            time.sleep(0.5)  # looking takes the time of the only core that the guest has
        return found

    def begin(self, name: str, words: str = "") -> tuple[str, str]:
        """The job has been submitted and its solver runs: its name and the solver's process."""
        job = self.submit(name, words)
        (process,) = self.wait_for(lambda: self.starts(name), f"{job} runs")
        return job, process

    def finish(self, name: str) -> None:
        """The deck may go on, and the job is done."""
        self.run(f"touch /srv/decks/{name}.go")
        self.wait_until_done(name)

    def wait_until_done(self, name: str) -> None:
        """The job's result is there for people."""
        self.wait_for(
            lambda: self.run(
                f"ls -d {self.spool}/done/*/{name}-*/outcome.yaml 2>/dev/null || true"
            ),
            f"{name} is done",
        )

    def outcome(self, name: str) -> OutcomeRecord:
        """How the job ended; that it was done once, and published once."""
        text = self.run(f"cat {self.spool}/done/*/{name}-*/outcome.yaml")
        record = parse_outcome(text.encode(), source=name)
        events = [(line["event"], line["job"]) for line in self.spool_journal()]
        assert events.count(("finish", record.job)) == 1, events
        return record

    def spool_journal(self) -> list[dict]:
        """All that nodes have written down on the spool."""
        return [json.loads(line) for line in self.run(f"cat {self.spool}/journal/*/*").splitlines()]

    def is_alive(self, process: str) -> bool:
        """Whether there is such a process."""
        return bool(self.run(f"test -d /proc/{process} && echo yes || true"))

    def systemctl(self, words: str) -> str:
        """What systemctl said; it ended well."""
        return self.run(f"systemctl --no-pager {words}")

    def shown(self, name: str) -> str:
        """A property of the service, as systemd sees it."""
        return self.systemctl(f"show --value -p {name} {UNIT}")

    def journal(self) -> str:
        """The last that the system's journal has of the service."""
        return self.run(f"journalctl -b --no-pager -o cat -u {UNIT} | tail -n 40")

    def cut_power(self) -> None:
        """The machine is off from one moment to the other, and then starts again."""
        self._lab.kill(HOST)
        self._lab.boot(HOST)

    def shut_down_and_start(self) -> None:
        """The machine was shut down as it should be, and switched on again."""
        with suppress(EOFError, OSError):  # it may be off before it has answered
            self.systemctl("poweroff --no-block")
        self._lab.wait_until_off(HOST)
        self._lab.boot(HOST)
