"""What this machine says of its own use."""

import os

import psutil
import pytest

from node_service.processes import machine_use
from node_service.processes.machine_use import look_at_machine

pytestmark = pytest.mark.real


def spent_s():
    times = os.times()
    return times.user + times.system


def test_what_this_process_computes_is_left_out(monkeypatch):
    told, ask = [], psutil.cpu_times

    def asked():
        told.append(ask())
        return told[-1]

    monkeypatch.setattr(machine_use.psutil, "cpu_times", asked)
    began_s = spent_s()
    before, looked_s = look_at_machine(), spent_s()
    while spent_s() - looked_s < 0.5:
        pass
    after = look_at_machine()
    first, last = (times.user + times.nice + times.system for times in told)
    left_out_s = (last - first) - (after.busy_s - before.busy_s)
    assert 0.49 <= left_out_s <= spent_s() - began_s + 0.01


def test_memory_and_cores():
    seen = look_at_machine()
    assert 0 < seen.memory_free_bytes < seen.memory_bytes
    assert 1 <= seen.cores <= seen.processors


def test_a_system_that_does_not_tell(monkeypatch):
    def refuse():
        raise psutil.AccessDenied

    monkeypatch.setattr(machine_use.psutil, "cpu_times", refuse)
    assert look_at_machine() is None
