"""The runner where there is no POSIX shell: ``runner_script.py CONTROL RUN PROGRAM ARGUMENT...``

Runs by itself, so it imports nothing of WAM; the names and formats are those of ``records.py``.
It waits for one solver and writes down how it ended, whatever happens to the service.
"""

# pathlib would more than double the time that this takes to start:
# ruff: noqa: PTH118, PTH123

import os
import signal
import subprocess
import sys

ALREADY_STARTED = 75
NOT_RUNNABLE = 125


def main(control: str, run: str, command: list[str]) -> int:
    """Exit code: 0 when an end was recorded, 75 when another runner has this attempt."""
    keep_through_polite_signals()
    try:
        os.close(os.open(os.path.join(control, "started"), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return ALREADY_STARTED
    boot = first_line("/proc/sys/kernel/random/boot_id")
    stat = first_line("/proc/self/stat")
    overwrite(control, "runner", f"pid {os.getpid()}\nboot {boot}\nstat {stat}\nend\n")
    code, cpu = solve(run, command)
    overwrite(control, "ended", f"exit {code}\n\n{cpu}\nend\n")
    return 0


def keep_through_polite_signals() -> None:
    """This process outlives a signal to its group; the solver gets the default actions."""
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda _number, _frame: None)


def solve(run: str, command: list[str]) -> tuple[int, str]:
    """The solver's exit code (128 + n for signal n) and its CPU time as ``times`` prints it."""
    try:
        with (
            open(os.path.join(run, "solver.out"), "wb") as out,
            open(os.path.join(run, "solver.err"), "wb") as err,
        ):
            solver = subprocess.Popen(
                command, cwd=run, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
            code = solver.wait()
    except OSError:
        return NOT_RUNNABLE, "-"
    # Windows gives 32-bit codes such as 0xC0000005; they stay as they are
    return (code if code >= 0 else 128 - code), cpu_time(solver)


def cpu_time(solver: "subprocess.Popen[bytes]") -> str:
    """User and system time of the solver, '-' where the system does not tell."""
    if sys.platform == "win32":
        return windows_cpu_time(int(solver._handle))  # type: ignore[attr-defined]  # noqa: SLF001 - not public, there since 2.4
    times = os.times()
    return f"0m{times.children_user:.6f}s 0m{times.children_system:.6f}s"


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
