"""The machine restarts while a job runs: what the next service makes of it.

No machine is restarted here (tests/real/booted does that). The runner's record is made one of
another boot, and all processes of the run are gone: that is what a service finds after a restart.
"""

from pathlib import Path

import pytest

from tests.real.real_spool import (
    Service,
    end_runs_below,
    journal_of,
    left_over,
    make_spool,
    open_at,
    outcomes,
    submit_deck,
    wait_for,
)

OTHER_BOOT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def machine(tmp_path):
    """A job runs, and then the machine loses its power: (spool, scratch, the job's folder)."""

    def restarted(**asked):
        root, scratch = make_spool(tmp_path / "spool"), tmp_path / "scratch"
        deck = tmp_path / "deck.inp"
        deck.write_text("echo run >>../../runs\nwhile [ ! -e ../../go ]; do sleep 0.05; done\n")
        submit_deck(open_at(root), deck, **asked)
        service = Service(root, scratch)
        services.append(service)
        service.start()
        wait_for((scratch / "runs").exists, "the job runs")
        (record,) = scratch.glob("deck-*/control/runner")
        wait_for(lambda: "\nend\n" in record.read_text(), "its runner is recorded")
        service.kill()
        end_runs_below(scratch)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        record.write_text(record.read_text().replace(boot, OTHER_BOOT))
        (scratch / "go").touch()
        return root, scratch

    def serve_again(root, scratch):
        service = Service(root, scratch, "--until-idle")
        services.append(service)
        service.start()
        assert service.wait() == 0, service.said()

    services = []
    restarted.serve_again = serve_again
    yield restarted
    for service in services:
        service.stop()
        end_runs_below(service.scratch)


def test_its_job_is_run_again(machine):
    root, scratch = machine()
    machine.serve_again(root, scratch)
    (record,) = outcomes(root).values()
    assert (record.outcome, record.attempt) == ("completed", 2)
    assert (scratch / "runs").read_text() == "run\nrun\n"
    (requeued,) = [line for line in journal_of(root) if line["event"] == "requeue"]
    assert "the machine was restarted while the solver ran" in requeued["detail"]
    assert left_over(root) == []


def test_without_retries_it_is_lost_and_says_why(machine):
    root, scratch = machine(retries=0)
    machine.serve_again(root, scratch)
    (record,) = outcomes(root).values()
    assert record.outcome == "lost"
    assert "the machine was restarted while the solver ran" in record.sentence
    assert (scratch / "runs").read_text() == "run\n"
    assert left_over(root) == []
