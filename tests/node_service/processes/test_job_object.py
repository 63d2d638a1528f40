"""What is asked of job objects, on a kernel that the test plays. Nothing of this ran on Windows."""

import ctypes

from node_service.processes.job_object import (
    Accounting,
    Kernel,
    Limits,
    ProcessIds,
    job_name,
    make_job,
    open_job,
)
from tests.node_service.processes.fake_kernel import FakeKernel

HANDLE = 0x7FFF_1234_5678  # no handle that large was ever seen; one cut to 32 bits would be
CONTROL = r"C:\ProgramData\wam\scratch\bracket-k7f3.g2\control"


def test_the_structures_are_laid_out_as_in_winnt_h():
    """Figures for 64 bits, on which these types have the same sizes on every system."""
    assert ctypes.sizeof(Accounting) == 48 and Accounting.active.offset == 40
    assert ctypes.sizeof(Limits) == 144 and Limits.job_memory_peak.offset == 136
    assert (Limits.flags.offset, Limits.affinity.offset, Limits.io.offset) == (16, 48, 64)
    assert ProcessIds.pids.offset == 8


def test_a_name_fits_whatever_the_path():
    names = {job_name(CONTROL), job_name(CONTROL.replace("g2", "g3")), job_name("\\x" * 200 + "ä")}
    assert len(names) == 3
    for name in names:
        assert name.startswith("Global\\") and len(name) < 260 and name.count("\\") == 1


def test_the_name_is_there_as_long_as_somebody_holds_the_job():
    kernel = FakeKernel()
    made = make_job(kernel, CONTROL)
    opened = open_job(kernel, CONTROL)
    opened.close()
    assert open_job(kernel, CONTROL) is not None
    made.close()
    for handle in tuple(kernel.handles):
        kernel.close(handle)
    assert open_job(kernel, CONTROL) is None


def test_what_somebody_else_has_made_is_not_taken():
    kernel = FakeKernel()
    assert make_job(kernel, CONTROL) is not None
    assert make_job(kernel, CONTROL) is None


def test_figures_are_of_all_processes():
    kernel = FakeKernel()
    job = make_job(kernel, CONTROL)
    whole = kernel.job(job_name(CONTROL))
    assert job.is_empty() and job.pids() == [] and job.memory_peak_bytes() is None
    whole.cpu_s, whole.peak_bytes = 7.5, 123_456_789
    assert job.cpu_s() == 7.5 and job.memory_peak_bytes() == 123_456_789
    kernel.refuses = ("query",)
    assert (job.cpu_s(), job.memory_peak_bytes(), job.pids()) == (None, None, [])
    assert job.is_empty(), "a runner would wait for ever"


def test_the_calls_of_windows_get_what_they_want(exported):
    kernel, found = Kernel(), Accounting()
    exported.answers |= {"CreateJobObjectW": HANDLE, "OpenJobObjectW": HANDLE, "NtResumeProcess": 0}
    assert kernel.create("Global\\wam-x") == HANDLE == kernel.open("Global\\wam-x")
    assert kernel.assign(HANDLE, HANDLE + 4) and kernel.terminate(HANDLE, 137)
    assert kernel.query(HANDLE, 1, found) and found.active == 7
    assert kernel.resume(HANDLE + 4)
    kernel.silence()
    kernel.close(HANDLE)
    query = exported.called.pop(4)
    assert (query[1], query[2], query[4], query[5]) == (HANDLE, 1, 48, None)
    assert exported.called == [
        ("CreateJobObjectW", None, "Global\\wam-x"),
        ("OpenJobObjectW", 1 | 4 | 8, 0, "Global\\wam-x"),
        ("AssignProcessToJobObject", HANDLE, HANDLE + 4),
        ("TerminateJobObject", HANDLE, 137),
        ("NtResumeProcess", HANDLE + 4),
        ("SetErrorMode", 0x8003),
        ("CloseHandle", HANDLE),
    ]


def test_what_windows_refuses_is_none_or_false(exported):
    kernel = Kernel()
    exported.answers = dict.fromkeys(
        ("CreateJobObjectW", "OpenJobObjectW", "AssignProcessToJobObject"), 0
    )
    assert kernel.create("x") is None and kernel.open("x") is None
    assert not kernel.assign(HANDLE, 4)
    assert not kernel.resume(4), "a status other than 0 is none of success"
    exported.answers, exported.last_error = {"CreateJobObjectW": HANDLE}, 183
    assert kernel.create("x") is None
    assert exported.called[-1] == ("CloseHandle", HANDLE), "it was made by somebody else"
