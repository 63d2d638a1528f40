"""A settings file that changes while the service runs."""

import logging
import os
import signal
from functools import partial

import pytest

from node_service.config_file import in_force, read_file
from node_service.loop import Loop
from node_service.reloading import LOOK_S, SettingsSource
from spool_layout.ticket import Resources
from tests.real.real_spool import make_spool, serving, wait_for


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "node.yaml"
    file.write_text("cpus: 2\n")
    return file


@pytest.fixture
def served(site, file):
    """A loop that follows the file, and a function that lets it look so often."""
    found = site.node.settings

    def read():
        return in_force({}, read_file(file), found, lambda name: found.scratch / name)

    def kept():
        wanted = read()
        from dataclasses import replace

        return replace(wanted, settings=replace(wanted.settings, scratch=found.scratch))

    loop = Loop(site.node, SettingsSource(file, kept))
    loop.begin()
    site.loops.append(loop)
    return loop, partial(site.turn, loop, step_s=LOOK_S)


def problems(loop):
    return " ".join(loop._condition.problems())


def test_a_change_is_followed_when_two_looks_have_seen_the_same(site, file, served):
    _, look = served
    look(2)
    file.write_text("cpus: 1\ntags: [big]\n")
    look(1)
    assert site.node.settings.cpus == 2  # it may still be written
    look(2)
    assert (site.node.settings.cpus, site.node.settings.tags) == (1, ("big",))
    assert '"cpus":1' in (next((site.root / "nodes").iterdir()).read_text()).replace(" ", "")


def test_a_file_that_keeps_changing_is_left_until_it_rests(site, file, served):
    _, look = served
    look(2)
    for cpus in (3, 44, 555):
        file.write_text(f"cpus: {cpus}\n")
        look(1)
        assert site.node.settings.cpus == 2
    look(2)
    assert site.node.settings.cpus == 555


def test_a_broken_file_changes_nothing_and_is_told_of_until_it_is_put_right(
    site, file, served, caplog
):
    loop, look = served
    file.write_text("cpus: 1\nmemry: 1 GB\n")
    look(3)
    assert site.node.settings.cpus == 2
    assert "node.yaml:2: memry: is not a setting" in problems(loop)
    assert "the settings from before hold" in problems(loop)
    assert "settings refused" in caplog.text
    file.unlink()
    look(3)
    assert "cannot be read" in problems(loop) and site.node.settings.cpus == 2
    file.write_text("cpus: 1\nmemory: 1 GB\n")
    look(3)
    assert problems(loop) == "" and site.node.settings.cpus == 1


def test_what_needs_a_restart_is_said_and_left(site, file, served, caplog):
    _, look = served
    with caplog.at_level(logging.WARNING):
        file.write_text("cpus: 2\nevents: yes\nname: other\n")
        look(3)
    assert site.node.settings.name == "alpha"
    told = {r.setting for r in caplog.records if r.getMessage() == "setting needs a restart"}
    assert told == {"events", "name"}


def test_asked_to_it_looks_at_once(site, file, served):
    loop, look = served
    file.write_text("cpus: 1\npoll: 77 s\n")
    loop.reload()
    look(1)
    assert site.node.settings.cpus == 1
    assert loop._looking.pace.next_s() == 77


def test_fewer_cores_than_jobs_have_end_none_and_keep_others_waiting(site, file, served):
    _, look = served
    site.submit(resources=Resources(cpus=2))
    look(2)
    assert len(site.tickets("running")) == 1
    file.write_text("cpus: 1\n")
    look(3)
    site.submit(resources=Resources(cpus=1))
    look(3)
    assert (len(site.tickets("running")), len(site.tickets("incoming"))) == (1, 1)
    site.processes.end_all()
    look(4)
    assert len(site.tickets("running")) == 1 and not site.tickets("incoming")


def test_a_service_follows_its_file_on_sighup_and_tells_of_a_broken_one(tmp_path):
    root = make_spool(tmp_path / "spool")
    file = tmp_path / "node.yaml"
    file.write_text("cpus: 2\n")
    with serving(root, tmp_path / "scratch", "--config", str(file)) as service:
        wait_for(lambda: " begin " in service.said(), "the service begins")
        file.write_text("cpus: 7\n")
        os.kill(service._process.pid, signal.SIGHUP)
        wait_for(lambda: "setting changed setting=cpus from=2 to=7" in service.said(), "followed")
        file.write_text("cpu: 7\n")
        os.kill(service._process.pid, signal.SIGHUP)
        status = tmp_path / "scratch/status.json"
        wait_for(lambda: "Did you mean 'cpus'" in service.said(), "refused")
        wait_for(lambda: "from before hold" in status.read_text(), "told in the status")
