"""Windows' job objects as their manual describes them, over processes of this system; and the
libraries that export their calls.
"""

import ctypes
import os
import signal
from dataclasses import dataclass, field

from node_service.processes.job_object import Accounting, Limits, ProcessIds
from tests.node_service.processes.living import lives


@dataclass
class Job:
    name: str
    pids: list[int] = field(default_factory=list)
    cpu_s: float = 0.0
    peak_bytes: int = 0
    ended_with: int | None = None

    @property
    def living(self) -> list[int]:
        return [pid for pid in self.pids if lives(pid)]


class FakeKernel:
    """See Kernel: handles are numbers; a name goes with the last handle on its object.

    A process handle is a pid here. ``refuses`` names the calls that fail.
    """

    def __init__(self, *refuses: str) -> None:
        self.refuses = refuses
        self.handles: dict[int, Job] = {}
        self.told: list[tuple[str, int]] = []
        self._next = 100

    def job(self, name: str) -> Job | None:
        return next((job for job in self.handles.values() if job.name == name), None)

    def create(self, name):
        if "create" in self.refuses or self.job(name):
            return None
        return self._handle(Job(name))

    def open(self, name):
        job = self.job(name)
        return self._handle(job) if job else None

    def _handle(self, job):
        self._next += 4
        self.handles[self._next] = job
        return self._next

    def assign(self, job, process):
        self.told.append(("assign", process))
        if "assign" in self.refuses:
            return False
        self.handles[job].pids.append(process)
        return True

    def terminate(self, job, exit_code):
        self.handles[job].ended_with = exit_code
        for pid in self.handles[job].living:
            os.kill(pid, signal.SIGKILL)
        return True

    def query(self, job, kind, answer):
        if "query" in self.refuses:
            return False
        found = self.handles[job]
        match kind, answer:
            case 1, Accounting():
                answer.user, answer.kernel = int(found.cpu_s * 6e6), int(found.cpu_s * 4e6)
                answer.active = len(found.living)
            case 3, ProcessIds():
                answer.assigned = answer.listed = len(found.living)
                answer.pids[: answer.listed] = found.living
            case 9, Limits():
                answer.job_memory_peak = found.peak_bytes
            case _:
                return False
        return True

    def close(self, job):
        del self.handles[job]

    def resume(self, process):
        self.told.append(("resume", process))
        return "resume" not in self.refuses

    def silence(self):
        self.told.append(("silence", 0))


class Exported:
    """What kernel32 and ntdll export, of that what is called; as native code, so that ctypes does
    to the arguments what it does on Windows.
    """

    def __init__(self):
        pointer, number, text = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_wchar_p
        calls = {
            "CreateJobObjectW": (pointer, pointer, text),
            "OpenJobObjectW": (pointer, number, ctypes.c_int, text),
            "AssignProcessToJobObject": (ctypes.c_int, pointer, pointer),
            "TerminateJobObject": (ctypes.c_int, pointer, number),
            "QueryInformationJobObject": (
                ctypes.c_int, pointer, ctypes.c_int, pointer, number, pointer,
            ),
            "CloseHandle": (ctypes.c_int, pointer),
            "NtResumeProcess": (ctypes.c_int32, pointer),
            "SetErrorMode": (number, number),
        }  # fmt: skip
        self.called: list[tuple] = []
        self.answers: dict[str, int] = {}
        for name, kinds in calls.items():
            setattr(self, name, ctypes.CFUNCTYPE(*kinds)(self._called(name)))

    def _called(self, name):
        def call(*arguments):
            self.called.append((name, *arguments))
            if name == "QueryInformationJobObject":
                Accounting.from_address(arguments[2]).active = 7
            return self.answers.get(name, 1)

        return call
