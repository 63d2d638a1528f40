"""Jobs after others, with real processes: what starts, what waits, and who knows of it."""

import json
import time

from client_tools.app import main
from node_service.loop import Loop
from spool_layout.after import After
from spool_layout.names import parse_ticket_name
from spool_layout.ticket import parse_ticket
from tests.real.real_spool import (
    DEADLINE_S,
    SteppedClock,
    make_node,
    make_spool,
    open_at,
    outcomes,
    step,
    submit_deck,
    turn_until_idle,
)

ENDING = 6
LOOKS_AFTER = 20


def loop_until(node, is_over):
    """The node serves until then, and for some looks more, in which nothing else may start."""
    loop = Loop(node)
    loop.begin()
    more, end_s = LOOKS_AFTER, time.monotonic() + DEADLINE_S
    while more and time.monotonic() < end_s:
        loop.turn()
        step(node)
        more -= is_over()
    loop._finish()


def test_each_ending_starts_what_it_is_to_start(tmp_path, capsys):
    root = make_spool(tmp_path / "spool")
    spool = open_at(root, SteppedClock())

    def submit(name, text, *after):
        deck = tmp_path / f"{name}.inp"
        deck.write_text(text)
        return submit_deck(spool, deck, after=after).job

    good, bad = submit("good", "true\n"), submit("bad", "false\n")
    starting = {
        submit("plain", "true\n", After(good)),
        submit("always", "true\n", After(good, "any"), After(bad, "any")),
        submit("mending", "true\n", After(bad, "failed"), After(good)),
    }
    chained = submit("chained", "true\n", After(min(starting), "any"))
    waiting = {
        submit("never", "true\n", After(bad)),
        submit("spare", "true\n", After(good, "failed")),
        submit("newer", "true\n", After(good, "later")),
    }
    loop_until(make_node(spool, tmp_path / "scratch"), lambda: len(outcomes(root)) == ENDING)
    assert {job: record.outcome for job, record in outcomes(root).items()} == {
        good: "completed",
        bad: "failed",
        chained: "completed",
        **dict.fromkeys(starting, "completed"),
    }
    left = [parse_ticket_name(path.name).job for path in (root / "incoming").glob("*.yaml")]
    assert set(left) == waiting
    spare = next(job for job in waiting if job.startswith("spare"))
    capsys.readouterr()
    assert main(["why", spare, "--json", "--spool", str(root)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["for_ever"] and f"a failure of {good}, which has completed" in told["sentence"]


def test_a_dropped_deck_with_a_preset(tmp_path):
    root = make_spool(tmp_path / "spool")
    settings = (root / "spool.yaml").read_text(encoding="utf-8")
    preset = "\npresets:\n  mends: {after: 'bad:failed'}\n"
    (root / "spool.yaml").write_text(settings.replace("\npresets:\n", preset), encoding="utf-8")
    spool = open_at(root, SteppedClock())
    deck = tmp_path / "bad.inp"
    deck.write_text("false\n")
    submit_deck(spool, deck)
    (root / "incoming" / "mends").mkdir()
    (root / "incoming" / "mends" / "mend.inp").write_text("true\n")
    turn_until_idle(make_node(spool, tmp_path / "scratch"))
    (mended,) = [job for job in outcomes(root) if job.startswith("mend-")]
    assert outcomes(root)[mended].outcome == "completed"
    (path,) = root.glob(f"done/*/{mended}/ticket.yaml")
    assert parse_ticket(path.read_bytes(), source=str(path)).draft.after == (
        After("bad", "failed"),
    )
