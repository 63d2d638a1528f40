"""The runner where there is no POSIX shell: ``runner_script.py CONTROL RUN PROGRAM ARGUMENT...``

Runs by itself, so it imports nothing of WAM; the names and formats are those of ``records.py``.
It waits for one solver and writes down how it ended, whatever happens to the service. On Windows it
holds the job object of the run, so it stays until nothing is left in that.
"""

# pathlib would more than double the time that this takes to start:
# ruff: noqa: PTH100, PTH118, PTH120, PTH123

import importlib
import os
import signal
import subprocess
import sys
import threading

TYPE_CHECKING = False  # importing ``typing`` for it costs more than the rest
if TYPE_CHECKING:
    from node_service.processes.job_object import JobObject, Kernel

ALREADY_STARTED = 75
NOT_RUNNABLE = 125
# CreateProcess's values (winbase.h): here there is no console, and a solver's would be a window
SUSPENDED_WITHOUT_WINDOW = 0x00000004 | 0x08000000
LOOKS_EVERY_S = 0.2


def main(control: str, run: str, command: list[str]) -> int:
    """Exit code: 0 when an end was recorded, 75 when another runner has this attempt."""
    told = keep_through_polite_signals()
    try:
        os.close(os.open(os.path.join(control, "started"), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return ALREADY_STARTED
    boot = first_line("/proc/sys/kernel/random/boot_id")
    stat = first_line("/proc/self/stat")
    overwrite(control, "runner", f"pid {os.getpid()}\nboot {boot}\nstat {stat}\nend\n")
    kernel, job = run_job(control)
    code, cpu, job = solve(run, command, kernel, job)
    was_told = bool(told)  # what comes after the solver's end has not ended it
    record_end(control, code, cpu, job, was_told=was_told)
    if job is not None:
        outlast(control, code, job, was_told=was_told)
    return 0


def keep_through_polite_signals() -> list[int]:
    """This process outlives a signal to its group; the solver gets the default actions.

    The list gets an entry each time that this process is asked to end (SIGTERM).
    """
    told: list[int] = []
    for name in ("SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda _number, _frame: None)
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    return told


def run_job(control: str) -> "tuple[Kernel | None, JobObject | None]":
    """Windows' calls and a job object for the run; None where there are none."""
    if sys.platform != "win32":
        return None, None
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    job_object = importlib.import_module("job_object")
    kernel: Kernel = job_object.Kernel()
    kernel.silence()
    return kernel, job_object.make_job(kernel, control)


def solve(
    run: str, command: list[str], kernel: "Kernel | None", job: "JobObject | None"
) -> "tuple[int, str, JobObject | None]":
    """The solver's exit code (128 + n for signal n), its CPU time as ``times`` prints it, and the
    job object, None where the solver could not be put into it.
    """
    try:
        with (
            open(os.path.join(run, "solver.out"), "wb") as out,
            open(os.path.join(run, "solver.err"), "wb") as err,
        ):
            solver = subprocess.Popen(
                command,
                cwd=run,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                creationflags=SUSPENDED_WITHOUT_WINDOW if kernel else 0,
            )
            if kernel is not None:
                job = let_go(solver, kernel, job)
            code = solver.wait()
    except OSError:
        return NOT_RUNNABLE, "-", None
    # Windows gives 32-bit codes such as 0xC0000005; they stay as they are
    return (code if code >= 0 else 128 - code), cpu_time(solver, job), job


def let_go(
    solver: "subprocess.Popen[bytes]", kernel: "Kernel", job: "JobObject | None"
) -> "JobObject | None":
    """The solver, which was started suspended, runs, in the job object that is returned.

    Before it has run at all, since what it starts before it is in would never be. Raises OSError.
    """
    handle = int(solver._handle)  # type: ignore[attr-defined]  # noqa: SLF001 - not public, there since 2.4
    if job is not None and not job.take_in(handle):
        job.close()  # a service would take an empty one for a run of which nothing is left
        job = None
    if not kernel.resume(handle):
        solver.kill()
        solver.wait()
        raise OSError
    return job


def record_end(
    control: str, code: int, cpu: str, job: "JobObject | None", *, was_told: bool = False
) -> None:
    """How the solver ended stands in the records, with what the run has used."""
    peak_bytes = job.memory_peak_bytes() if job is not None else None
    peak = "" if peak_bytes is None else f"peak {peak_bytes}"
    overwrite(control, "ended", f"exit {code}{' told' if was_told else ''}\n{peak}\n{cpu}\nend\n")


def outlast(control: str, code: int, job: "JobObject", *, was_told: bool = False) -> None:
    """Nothing of the run is left; the records say what all of it has used.

    A launcher ends before its analysis. With this process the name of the job object would go,
    and with that the only way to all of it.
    """
    pause = threading.Event()
    was_left = False
    while not job.is_empty():
        was_left = True
        pause.wait(LOOKS_EVERY_S)
    if was_left:
        try:
            record_end(control, code, job_times(job), job, was_told=was_told)
        except OSError:  # the attempt was cleared away meanwhile
            return


def cpu_time(solver: "subprocess.Popen[bytes]", job: "JobObject | None") -> str:
    """User and system time of the solver, '-' where the system does not tell."""
    if job is not None:
        return job_times(job)
    if sys.platform == "win32":
        return windows_cpu_time(int(solver._handle))  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    times = os.times()
    return f"0m{times.children_user:.6f}s 0m{times.children_system:.6f}s"


def job_times(job: "JobObject") -> str:
    """The time of all that was ever in the job object, as ``times`` prints it."""
    cpu_s = job.cpu_s()
    return "-" if cpu_s is None else f"0m{cpu_s:.6f}s 0m0.0s"


def windows_cpu_time(handle: int) -> str:
    """GetProcessTimes (processthreadsapi.h): four FILETIMEs, the last two count 100 ns."""
    if sys.platform != "win32":
        return "-"
    import ctypes  # noqa: PLC0415 - needed on Windows only

    stamps = [ctypes.c_uint64() for _ in range(4)]
    pointers = [ctypes.byref(stamp) for stamp in stamps]
    if not ctypes.windll.kernel32.GetProcessTimes(ctypes.c_void_p(handle), *pointers):
        return "-"
    system_s, user_s = (stamp.value / 1e7 for stamp in stamps[2:])
    return f"0m{user_s:.6f}s 0m{system_s:.6f}s"


def first_line(path: str) -> str:
    """The first line of the file, '' where there is none."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.readline().rstrip("\n")
    except OSError:
        return ""


def overwrite(control: str, name: str, text: str) -> None:
    """The text stands at the beginning of the file, in the space that the file already has."""
    record = os.open(os.path.join(control, name), os.O_WRONLY | getattr(os, "O_BINARY", 0))
    try:
        os.write(record, text.encode())
    finally:
        os.close(record)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
