"""Tickets moved and copied by hand, between real services, on a folder and over Samba."""

from contextlib import closing

import pytest

from tests.real.real_spool import make_spool, open_at, outcomes, serving, submit_deck, wait_for
from tests.real.test_smb_rights import others, root  # noqa: F401 - fixtures
from wamspool.clock import SystemClock
from wamspool.open_share import open_share
from wamspool.spool import open_spool

pytestmark = pytest.mark.real


def only(folder):
    (path,) = folder.glob("*.yaml")
    return path


def is_cancelled(spool, job):
    found = outcomes(spool)
    return job in found and found[job].outcome == "cancelled"


def test_on_a_folder_a_ticket_is_held_released_and_cancelled_by_moving_it(tmp_path):
    spool = make_spool(tmp_path / "spool")
    deck = tmp_path / "plate.inp"
    deck.write_text("sleep 600\n")
    job = submit_deck(open_at(spool), deck).job
    ticket = only(spool / "incoming")
    ticket.rename(spool / "held" / ticket.name)
    with serving(str(spool), tmp_path / "scratch"):
        wait_for(lambda: list((spool / "nodes").glob("*.json")), "the node is up")
        assert not list((spool / "running").iterdir())
        (spool / "held" / ticket.name).rename(ticket)
        wait_for(lambda: list((spool / "running").glob("*.yaml")), "it runs")
        ticket = only(spool / "running")
        ticket.rename(spool / "cancel" / ticket.name)
        wait_for(lambda: is_cancelled(spool, job), "it is cancelled")
        wait_for(lambda: not list((spool / "jobs").iterdir()), "nothing is left of it")
    assert len(outcomes(spool)) == 1 and not list((spool / "cancel").iterdir())


def test_over_smb_a_copy_in_cancel_is_its_owner_s_word(samba, root, others, tmp_path):  # noqa: F811
    address, mine, clock = samba.address(root.name), samba.environment, SystemClock()
    deck = tmp_path / "mine.inp"
    deck.write_text("sleep 600\n")
    with closing(open_share(address, clock, environment=mine)) as share:
        job = submit_deck(open_spool(share, clock), deck, hold=True).job
        held = only(root / "held")
        share.move(f"held/{held.name}", f"incoming/{held.name}")
        with serving(address, tmp_path / "scratch", **mine):
            wait_for(lambda: list((root / "running").glob("*.yaml")), "it runs")
            name = only(root / "running").name
            content = share.read(f"running/{name}")
            with closing(open_share(address, clock, environment=others)) as another:
                another.create(f"cancel/{name}", content)
            why = root / "cancel" / f"{name}.why.txt"
            wait_for(why.exists, "the other's copy is refused")
            said = why.read_text()
            assert "is no operator of this spool" in said and "What to do: Ask the owner" in said
            assert outcomes(root) == {}
            wait_for(lambda: not (root / "cancel" / name).exists(), "the copy is gone")
            share.remove(f"cancel/{name}.why.txt")
            share.create(f"cancel/{name}", content)
            wait_for(lambda: is_cancelled(root, job), "the owner's copy ends the run")
    assert outcomes(root)[job].by.startswith("S-1-")
