"""Four services and a licence pool: what they hold is looked at from outside while they work."""

import threading
from dataclasses import dataclass, field

import pytest

from spool_layout.names import TicketName, parse_ticket_name
from spool_layout.states import Outcome
from spool_layout.ticket import Resources
from tests.real.real_spool import (
    Service,
    end_runs_below,
    journal_of,
    make_spool,
    open_at,
    outcomes,
    submit_deck,
)

pytestmark = pytest.mark.real

POOL = 20
SIZES = [5 + (7 * i) % 12 for i in range(60)]
NODES = ("alpha", "beta", "gamma", "delta")
PROFILE = """\
wam_profile: 1
name: command
family: command
command: ["{program}", "{input}"]
tokens: {pool: mine, factor: 1}
"""


@dataclass
class Observer:
    """Lists names as anybody may, and keeps what they say: (held, waiting)."""

    root: object
    sizes: dict[str, int]
    seen: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def look(self) -> None:
        """One picture, if nothing was claimed or started while it was taken."""
        before = self.names("claimed")
        running, waiting = self.names("running"), self.names("incoming")
        if self.names("claimed") != before:
            return
        held = {name.job: name for name in (*before, *running)}
        tokens = sum(name.tokens for name in held.values())
        free = tuple(sorted(self.sizes[n.job] for n in waiting if n.job not in held))
        self.seen.append((tokens, free))

    def names(self, folder: str) -> set[TicketName]:
        found = (parse_ticket_name(path.name) for path in (self.root / folder).iterdir())
        return {name for name in found if name}

    def watch(self, until: threading.Event) -> None:
        while not until.wait(0.01):
            self.look()


@pytest.mark.timeout(200)
def test_four_services_never_hold_more_than_the_pool(tmp_path, capsys):
    root = make_spool(tmp_path / "spool", pools=f"{{mine: {{tokens: {POOL}}}}}")
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "command.yaml").write_text(PROFILE)
    (tmp_path / "deck.inp").write_text("sleep 0.1\n")
    spool = open_at(root)
    sizes = {
        submit_deck(spool, tmp_path / "deck.inp", resources=Resources(tokens=tokens)).job: tokens
        for tokens in SIZES
    }
    observer, ended = Observer(root, sizes), threading.Event()
    watching = threading.Thread(target=observer.watch, args=(ended,))
    services = [
        Service(root, tmp_path / name, "--until-idle", "--cpus", "8", "--profiles", str(profiles),
                "--poll", "0.2", name=name)
        for name in NODES
    ]  # fmt: skip
    try:
        watching.start()
        for service in services:
            service.start()
        for service in services:
            assert service.wait(deadline_s=150) == 0, service.said()
    finally:
        ended.set()
        watching.join()
        for service in services:
            service.stop()
            end_runs_below(service.scratch)
    with capsys.disabled():
        print(report(observer, journal_of(root)))
    assert max(held for held, _ in observer.seen) <= POOL
    assert sum(held > POOL // 2 for held, _ in observer.seen) > 20, "it has seen them at work"
    records = outcomes(root)
    assert {record.outcome for record in records.values()} == {Outcome.COMPLETED}
    assert {job: record.tokens for job, record in records.items()} == sizes
    starts = [line["job"] for line in journal_of(root) if line["event"] == "start"]
    assert len(starts) == len(set(starts)) == len(SIZES)


def report(observer, journal):
    """The figures, for whoever runs this by hand."""
    busy = [(held, waiting) for held, waiting in observer.seen if waiting and held]
    fits = [bool(waiting and held + waiting[0] <= POOL) for held, waiting in busy]
    longest, stretch = 0, 0
    for one in fits:
        stretch = stretch + 1 if one else 0
        longest = max(longest, stretch)
    mean = sum(held for held, _ in busy) / max(1, len(busy))
    backs = sum(line["event"] == "hand_back" for line in journal)
    return (
        f"\n{len(observer.seen)} pictures: at most {max(h for h, _ in observer.seen)} of {POOL}; "
        f"while jobs wait {mean:.1f} on average; {sum(fits)} of {len(busy)} with room for a waiting "
        f"one, at most {longest} in a row; {backs} handed back"
    )
