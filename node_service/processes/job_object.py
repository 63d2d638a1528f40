"""A run's whole tree in a job object of Windows: counted as one, and ended as one.

The name of a job object goes away with its last handle. So the runner, which outlives the service,
makes it and holds it until nothing is left in it, and stays outside, to record the end; a service
opens it by name for the moment of a question. As long as the name is there, the runner is.

The runner loads this file by its path: it imports nothing of WAM, and little else. Never run on
Windows. Sources: jobapi2.h and winnt.h (learn.microsoft.com, "Job Objects"). NtResumeProcess is in
no manual; psutil resumes processes by it too.
"""

import ctypes
import hashlib
import sys

# winnt.h
_ASSIGN, _QUERY, _TERMINATE = 0x1, 0x4, 0x8
_BASIC_ACCOUNTING, _PROCESS_IDS, _EXTENDED_LIMITS = 1, 3, 9
_ALREADY_EXISTS = 183
_NO_DIALOGS = 0x0001 | 0x0002 | 0x8000  # SetErrorMode: critical errors, crashes, missing files
_PIDS_MAX = 4096


class Accounting(ctypes.Structure):
    """JOBOBJECT_BASIC_ACCOUNTING_INFORMATION: also of processes that have ended; 100 ns."""

    _fields_ = (
        ("user", ctypes.c_int64),
        ("kernel", ctypes.c_int64),
        ("period_user", ctypes.c_int64),
        ("period_kernel", ctypes.c_int64),
        ("page_faults", ctypes.c_uint32),
        ("processes", ctypes.c_uint32),
        ("active", ctypes.c_uint32),
        ("terminated", ctypes.c_uint32),
    )


class ProcessIds(ctypes.Structure):
    """JOBOBJECT_BASIC_PROCESS_ID_LIST, with room for as many as a run will have."""

    _fields_ = (
        ("assigned", ctypes.c_uint32),
        ("listed", ctypes.c_uint32),
        ("pids", ctypes.c_size_t * _PIDS_MAX),
    )


class Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; of it only the last field is read here."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("working_set_min", ctypes.c_size_t),
        ("working_set_max", ctypes.c_size_t),
        ("active_max", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory_max", ctypes.c_size_t),
        ("job_memory_max", ctypes.c_size_t),
        ("process_memory_peak", ctypes.c_size_t),
        ("job_memory_peak", ctypes.c_size_t),
    )


class Kernel:
    """The calls of Windows, each by itself; tests answer in its place."""

    _calls: ctypes.CDLL
    _native: ctypes.CDLL

    def __init__(self) -> None:
        if sys.platform == "win32":
            self._calls = ctypes.WinDLL("kernel32", use_last_error=True)
            self._native = ctypes.WinDLL("ntdll")
        handle, number, text = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_wchar_p
        # Unless told, ctypes cuts a handle to 32 bits.
        self._calls.CreateJobObjectW.restype = self._calls.OpenJobObjectW.restype = handle
        self._calls.CreateJobObjectW.argtypes = (handle, text)
        self._calls.OpenJobObjectW.argtypes = (number, ctypes.c_int, text)
        self._calls.AssignProcessToJobObject.argtypes = (handle, handle)
        self._calls.TerminateJobObject.argtypes = (handle, number)
        self._calls.CloseHandle.argtypes = (handle,)
        self._calls.QueryInformationJobObject.argtypes = (
            handle, ctypes.c_int, handle, number, handle,
        )  # fmt: skip
        self._native.NtResumeProcess.argtypes = (handle,)

    def create(self, name: str) -> int | None:
        """A handle on a new job object; None where it cannot be made, or one has the name."""
        job = self._calls.CreateJobObjectW(None, name)
        if sys.platform == "win32" and job and ctypes.get_last_error() == _ALREADY_EXISTS:
            self.close(job)
            return None
        return job or None

    def open(self, name: str) -> int | None:
        """A handle on the job object of that name; None where there is none for us."""
        return self._calls.OpenJobObjectW(_ASSIGN | _QUERY | _TERMINATE, 0, name) or None

    def assign(self, job: int, process: int) -> bool:
        """The process, and what it will start, is in the job."""
        return bool(self._calls.AssignProcessToJobObject(job, process))

    def terminate(self, job: int, exit_code: int) -> bool:
        """All processes of the job are being ended, with that exit code."""
        return bool(self._calls.TerminateJobObject(job, exit_code))

    def query(self, job: int, kind: int, answer: ctypes.Structure) -> bool:
        """The answer is filled in, as far as it has room."""
        size_bytes, place = ctypes.sizeof(answer), ctypes.byref(answer)
        return bool(self._calls.QueryInformationJobObject(job, kind, place, size_bytes, None))

    def close(self, job: int) -> None:
        """The handle is given back."""
        self._calls.CloseHandle(job)

    def resume(self, process: int) -> bool:
        """A process that was started suspended runs."""
        return bool(self._native.NtResumeProcess(process) == 0)

    def silence(self) -> None:
        """This process, and what it starts, crashes without a dialog that waits for somebody."""
        self._calls.SetErrorMode(_NO_DIALOGS)


class JobObject:
    """One job object, by a handle that is to be closed."""

    def __init__(self, kernel: Kernel, handle: int) -> None:
        self._kernel, self._handle = kernel, handle

    def take_in(self, process: int) -> bool:
        """Whether the process of that handle is in the job now."""
        return self._kernel.assign(self._handle, process)

    def end_all(self, exit_code: int) -> None:
        """Everything that is in the job is being ended, whoever its parent is."""
        self._kernel.terminate(self._handle, exit_code)

    def cpu_s(self) -> float | None:
        """Seconds of all processes that were ever in it; None where the system does not tell."""
        found = Accounting()
        if not self._kernel.query(self._handle, _BASIC_ACCOUNTING, found):
            return None
        return float(found.user + found.kernel) / 1e7

    def is_empty(self) -> bool:
        """Whether no process of it lives, or nothing can be asked of it."""
        found = Accounting()
        asked = self._kernel.query(self._handle, _BASIC_ACCOUNTING, found)
        return not asked or found.active == 0

    def memory_peak_bytes(self) -> int | None:
        """The most that its processes have had committed at one time; None where not known."""
        found = Limits()
        asked = self._kernel.query(self._handle, _EXTENDED_LIMITS, found)
        return int(found.job_memory_peak) or None if asked else None

    def pids(self) -> list[int]:
        """Its living processes."""
        found = ProcessIds()
        self._kernel.query(self._handle, _PROCESS_IDS, found)
        return list(found.pids[: found.listed])

    def close(self) -> None:
        """The handle is given back; with the last one goes the name, not the processes."""
        self._kernel.close(self._handle)


def job_name(control: str) -> str:
    """The name for the run of that control folder, in all sessions of the machine."""
    # At most 260 characters and no backslash: a path may have more, and has them.
    return "Global\\wam-" + hashlib.sha256(control.encode("utf-8", "replace")).hexdigest()


def make_job(kernel: Kernel, control: str) -> JobObject | None:
    """A job object for the run; None where it cannot be made, or somebody has made one.

    What somebody else had made he could end, and with it the run.
    """
    handle = kernel.create(job_name(control))
    return None if handle is None else JobObject(kernel, handle)


def open_job(kernel: Kernel, control: str) -> JobObject | None:
    """The job object that the runner of that control folder holds; None where there is none."""
    handle = kernel.open(job_name(control))
    return None if handle is None else JobObject(kernel, handle)
