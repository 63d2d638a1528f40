"""The runner's half of a job object, on a kernel that the test plays; the rest is in test_runs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node_service.processes import prepare_control, runner_script
from node_service.processes.job_object import job_name, make_job
from node_service.processes.records import find_end
from tests.node_service.processes.fake_kernel import FakeKernel


@pytest.fixture
def attempt_folder(tmp_path):
    prepare_control(tmp_path / "a.g1")
    return tmp_path / "a.g1"


@pytest.fixture
def flags(monkeypatch):
    """Windows' flags of the solver's start, which cannot be given here; a handle is a pid."""
    seen, popen = [], subprocess.Popen

    def start(command, *, creationflags, **files):
        seen.append(creationflags)
        solver = popen(command, **files)
        solver._handle = solver.pid
        return solver

    monkeypatch.setattr(runner_script.subprocess, "Popen", start)
    return seen


def job_of(kernel, folder):
    return make_job(kernel, str(folder / "control"))


def solved(folder, kernel, job, *command):
    run = str(folder / "run")
    return runner_script.solve(run, list(command or ("/bin/true",)), kernel, job)


def test_the_solver_is_in_the_job_before_it_has_run_at_all(attempt_folder, flags):
    kernel = FakeKernel()
    job = job_of(kernel, attempt_folder)
    kernel.job(job_name(str(attempt_folder / "control"))).cpu_s = 3.25
    code, cpu, kept = solved(attempt_folder, kernel, job, "/bin/sh", "-c", "exit 7")
    assert flags == [runner_script.SUSPENDED_WITHOUT_WINDOW]
    assert [call for call, _ in kernel.told] == ["assign", "resume"]
    assert (code, cpu, kept) == (7, "0m3.250000s 0m0.0s", job)


def test_without_a_job_the_solver_runs_all_the_same(attempt_folder, flags):
    kernel = FakeKernel("assign")
    code, _, kept = solved(attempt_folder, kernel, job_of(kernel, attempt_folder))
    assert (code, kept) == (0, None)
    assert not kernel.handles, "an empty job would be taken for a run of which nothing is left"
    assert solved(attempt_folder, FakeKernel(), None)[0] == 0


def test_a_solver_that_cannot_be_let_go_is_not_left_behind(attempt_folder, flags):
    kernel = FakeKernel("resume")
    began = solved(attempt_folder, kernel, job_of(kernel, attempt_folder), "/bin/sleep", "60")
    assert began == (runner_script.NOT_RUNNABLE, "-", None)
    assert kernel.told[-1][0] == "resume"
    with pytest.raises(ProcessLookupError):
        os.kill(kernel.told[-1][1], 0)


def test_the_record_has_what_the_job_counted(attempt_folder):
    kernel = FakeKernel()
    job = job_of(kernel, attempt_folder)
    whole = kernel.job(job_name(str(attempt_folder / "control")))
    whole.cpu_s, whole.peak_bytes = 12.5, 64_000_000
    control = str(attempt_folder / "control")
    runner_script.record_end(control, 3, runner_script.job_times(job), job)
    ended = find_end(attempt_folder)
    assert (ended.exit_code, ended.cpu_s, ended.memory_peak_bytes) == (3, 12.5, 64_000_000)


def test_the_runner_stays_until_nothing_is_left_and_counts_that_too(attempt_folder, monkeypatch):
    kernel, control = FakeKernel(), str(attempt_folder / "control")
    job = job_of(kernel, attempt_folder)
    whole = kernel.job(job_name(control))
    whole.cpu_s = 1.0
    runner_script.record_end(control, 0, runner_script.job_times(job), job)
    monkeypatch.setattr(runner_script, "LOOKS_EVERY_S", 0.01)
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as analysis:
        job.take_in(analysis.pid)
        query, looks = kernel.query, []

        def look(handle, kind, answer):
            looks.append(kind)
            if len(looks) == 3:
                whole.cpu_s = 100.0
                analysis.stdin.close()
                analysis.wait()
            return query(handle, kind, answer)

        kernel.query = look
        assert find_end(attempt_folder).cpu_s == 1.0
        runner_script.outlast(control, 0, job)
    assert len(looks) > 3
    assert find_end(attempt_folder).cpu_s == 100.0


@pytest.mark.parametrize("is_told", [True, False])
def test_that_it_was_told_to_end_stays_recorded_when_all_of_the_run_is_counted(
    attempt_folder, monkeypatch, is_told
):
    control = str(attempt_folder / "control")
    job = make_job(FakeKernel(), control)
    answers = iter([False, True])
    job.is_empty = lambda: next(answers)
    told = [signal.SIGTERM] if is_told else []
    monkeypatch.setattr(runner_script, "keep_through_polite_signals", lambda: told)
    monkeypatch.setattr(runner_script, "run_job", lambda _: (None, job))
    monkeypatch.setattr(runner_script, "solve", lambda *_: (3, "-", job))
    monkeypatch.setattr(runner_script, "LOOKS_EVERY_S", 0.01)
    assert runner_script.main(control, str(attempt_folder), []) == 0
    ended = find_end(attempt_folder)
    assert (ended.exit_code, ended.was_told) == (3, is_told) and next(answers, None) is None


def test_an_attempt_that_was_cleared_away_does_not_disturb_it(tmp_path):
    kernel = FakeKernel()
    job = make_job(kernel, str(tmp_path))
    answers = iter([False, True])
    job.is_empty = lambda: next(answers)
    runner_script.outlast(str(tmp_path / "gone"), 0, job)


def test_it_loads_the_job_object_by_its_path(exported, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "job_object", raising=False)
    exported.answers["CreateJobObjectW"] = 400
    kernel, job = runner_script.run_job(str(tmp_path))
    del sys.modules["job_object"]
    assert kernel is not None and job is not None
    assert [name for name, *_ in exported.called] == ["SetErrorMode", "CreateJobObjectW"]
    assert exported.called[1][2] == job_name(str(tmp_path)), "the service looks for another name"


def test_elsewhere_there_is_no_job_object(tmp_path):
    assert runner_script.run_job(str(tmp_path)) == (None, None)


def test_the_job_object_needs_no_site_packages():
    folder = str(Path(runner_script.__file__).parent)
    script = (
        f"import sys; sys.path.append({folder!r}); import job_object as j; print(j.job_name('c'))"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == job_name("c")
