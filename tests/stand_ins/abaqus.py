"""A program that behaves as Abaqus does, as far as published output and guides tell.

It computes nothing. ``abaqus job=J input=F [interactive] ...`` starts an analysis in a process of
its own (in the background unless told ``interactive``), which writes the files that Abaqus writes
and listens for ``abaqus terminate job=J``. What happens is said in the deck, in lines such as

    ** STANDIN: end=no-convergence product=explicit increments=8 pause=0.05

Install it with ``install``: a copy with the interpreter of the tests in its first line.
"""

import os
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

RELEASE = "2099.HF1"
OUTPUT = (".odb", ".dat", ".msg", ".sta", ".log", ".com", ".prt")
EXIT_ERROR = 1


def install(folder: Path) -> Path:
    """The program's path, executable."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "abaqus"
    program.write_text(f"#!{sys.executable}\n{Path(__file__).read_text()}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def main(words: list[str]) -> int:
    given = dict(word.partition("=")[::2] for word in words)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if "information" in given:
        print(f"Abaqus {RELEASE}")
        return 0
    if "terminate" in given:
        return tell_to_end(given["job"])
    if "solve" in given:
        return Analysis(given).run()
    return launch(given)


def launch(given: dict[str, str]) -> int:
    """The launcher: looks for old files, asks, starts the analysis, and waits or returns."""
    job, settings = given["job"], read_settings()
    if [end for end in OUTPUT if Path(job + end).exists()] and settings["ask_delete"]:
        print("Old job files exist. Overwrite? (y/n):", flush=True)
        if not sys.stdin.readline().startswith("y"):  # waits for ever on a terminal
            print("Abaqus Error: Analysis was not submitted", flush=True)
            return EXIT_ERROR
    scratch = given.get("scratch")
    if scratch and not Path(scratch).is_dir():
        print(f"Abaqus Error: The scratch directory {scratch} does not exist", flush=True)
        return EXIT_ERROR
    queues = "queue" if settings["lmlicensequeuing"] else "no-queue"
    options = [f"{name}={value}" if value else name for name, value in given.items()]
    command = [sys.executable, __file__, "solve", f"licences={queues}", *options]
    if "interactive" in given:
        child = subprocess.Popen(command)
        if wish(given, "end") == "launcher-dies":
            wait_for(Path(f"{job}.sta"))
            os.kill(os.getpid(), signal.SIGKILL)
        return child.wait()
    with Path(f"{job}.log").open("ab") as log:
        subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    return 0


def read_settings() -> dict[str, object]:
    """The environment file of the folder, over what a fresh installation has."""
    names: dict[str, object] = {"ON": True, "OFF": False}
    found: dict[str, object] = {"ask_delete": True, "lmlicensequeuing": True}
    file = Path("abaqus_v6.env")
    if file.exists():
        exec(compile(file.read_text(), str(file), "exec"), names, found)
    return found


def tell_to_end(job: str) -> int:
    """``abaqus terminate``: the address is the last line of the job's .cid file in this folder."""
    try:
        host, port = Path(f"{job}.cid").read_text().split()[-1].split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"terminate\n")
    except (OSError, IndexError):
        print(f"Abaqus Error: Job {job} cannot be reached")
        return EXIT_ERROR
    return 0


def wish(given: dict[str, str], name: str, default: str = "") -> str:
    """What the deck wishes of this program."""
    text = deck_of(given).read_text(encoding="utf-8", errors="replace")
    for line in re.findall(r"^\*\* STANDIN:(.*)", text, re.MULTILINE):
        words = dict(word.partition("=")[::2] for word in line.split())
        if name in words:
            return words[name] or "yes"
    return default


def deck_of(given: dict[str, str]) -> Path:
    return Path(given.get("input") or f"{given['job']}.inp")


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


class GivesUp(Exception):
    """The analysis ends with an error; what is said of it stands in the files."""


class Analysis:
    """The process that computes: standard or explicit."""

    def __init__(self, given: dict[str, str]) -> None:
        self.given, self.job = given, given["job"]
        self.end = wish(given, "end", "completed")
        self.explicit = wish(given, "product") == "explicit"
        self.product = "Abaqus/Explicit" if self.explicit else "Abaqus/Standard"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        if wish(given, "stubborn"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def write(self, suffix: str, text: str) -> None:
        with Path(self.job + suffix).open("a") as file:
            file.write(text)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def run(self) -> int:
        self.say(f"Abaqus JOB {self.job}\nAbaqus {RELEASE}")
        self.write(".com", f"# {sorted(self.given.items())}\n")
        if self.end == "silent":
            return 0
        try:
            self.prepare()
            self.check_out()
            self.compute()
        except GivesUp:
            self.say("Abaqus/Analysis exited with errors")
            return EXIT_ERROR
        return self.finish()

    def prepare(self) -> None:
        if source := self.given.get("user"):
            self.build(source)
        self.say("Begin Analysis Input File Processor\nRun pre.exe")
        self.write(".dat", f"1\n   Abaqus {RELEASE}\n\n")
        for name in filter(None, (self.given.get("oldjob"), self.given.get("globalmodel"))):
            if not [p for p in Path().glob(f"{name}*") if p.suffix in {".odb", ".res", ".sim"}]:
                self.refuse(f"THE FILE {name}.odb DOES NOT EXIST")
        if self.end == "deck-error":
            self.refuse('in keyword *ELASTC, file "bracket.inp", line 12: Keyword is unknown.')
        self.write(".prt", "")
        self.say("End Analysis Input File Processor")

    def build(self, source: str) -> None:
        self.say("Begin Compiling Abaqus/Standard User Subroutines")
        if not [p for p in Path().glob(f"{source}*") if p.is_file()] or self.end == "compile":
            self.say(f"Abaqus Error: Problem during compilation - {source}")
            raise GivesUp
        self.say("End Compiling Abaqus/Standard User Subroutines")

    def refuse(self, text: str) -> None:
        self.write(".dat", f"\n ***ERROR: {text}\n\n ***NOTE: DUE TO AN INPUT ERROR\n")
        self.say("Analysis Input File Processor exited with an error.")
        raise GivesUp

    def check_out(self) -> None:
        """A licence; the deck names a file that counts the tries, and how many are refused."""
        counter, refused = wish(self.given, "tries"), int(wish(self.given, "refused", "0"))
        tries = 1
        if counter:
            with Path(counter).open("a+") as file:
                file.write("try\n")
                file.seek(0)
                tries = len(file.readlines())
        if self.end != "no-licence" and tries > refused:
            return
        if self.given["licences"] == "queue":
            self.say('"standard" license request queued for the License Server on licences.test.')
            while True:
                time.sleep(0.1)
        if wish(self.given, "refusal") == "limit":
            self.say("Time limit of in queue has been exceeded. Exiting.")
        else:
            self.say("FlexNet Licensing error:-87,147\nNumber of requested licenses: 14")
        self.say("Abaqus Error: Error checking out Abaqus license.")
        raise GivesUp

    def compute(self) -> None:
        host, port = self.listener.getsockname()
        if not wish(self.given, "deaf"):
            self.write(".cid", f"{self.job}\n{host}:{port}\n")
        self.say(f"Begin {self.product} Analysis\nRun {self.product[7:].lower()}.exe")
        for suffix in (".lck", ".023"):
            self.write(suffix, "")
        for suffix in (".odb", ".res"):
            self.write(suffix, "results\n")
        self.write(".msg", f"{self.product} {RELEASE}\n")
        self.write(".sta", self.header())
        for step, period in enumerate(self.periods(), start=1):
            self.compute_step(step, period)

    def periods(self) -> list[float]:
        text = deck_of(self.given).read_text(encoding="utf-8", errors="replace")
        found = re.findall(
            r"^\*(?:STATIC|DYNAMIC)[^\n]*\n[^,\n]*,\s*([0-9.eE+-]+)", text, re.MULTILINE
        )
        return [float(period) for period in found] or [1.0]

    def header(self) -> str:
        if self.explicit:
            return (
                f"{self.product} {RELEASE}\n\n  INCREMENT STEP TOTAL CPU STABLE CRITICAL KINETIC\n"
            )
        return (
            f"{self.product} {RELEASE}        DATE 01-Jan-2099 TIME 12:00:00\n"
            " SUMMARY OF JOB INFORMATION:\n STEP  INC ATT SEVERE EQUIL TOTAL  TOTAL  STEP  INC OF\n"
        )

    def compute_step(self, step: int, period: float) -> None:
        before = sum(self.periods()[: step - 1])
        count = int(wish(self.given, "increments", "4"))
        pause_s = float(wish(self.given, "pause", "0"))
        if self.explicit:
            self.write(".sta", f" STEP {step}  ORIGIN {before:.4f}\n")
        for increment in range(1, count + 1):
            time.sleep(pause_s)
            self.obey()
            done = period * increment / count
            if increment == 2:
                if until := wish(self.given, "until"):
                    wait_for(Path(until))
                self.go_wrong(step, increment, period / count)
            self.write(".sta", self.row(step, increment, done, before + done, period / count))

    def row(self, step: int, increment: int, done: float, total: float, size: float) -> str:
        if self.explicit:
            return (
                f"{increment * 100:9d}  {done:.3E} {total:.3E}  00:00:0{step} {size:.3E}"
                "        12   1.000E+00  -2.000E-03\n"
            )
        cut = ""
        if increment == 2 and wish(self.given, "cutback"):
            cut = f"{step:4d}{increment:6d}  1U     0     9     9  {total:.3f}      0.000  {size:.3f}\n"
        return f"{cut}{step:4d}{increment:6d}   1     0     3     3  {total:.3f}   {done:.3f}  {size:.4f}\n"

    def obey(self) -> None:
        """A word from ``abaqus terminate`` ends the analysis; a deaf one has told no address."""
        try:
            connection, _ = self.listener.accept()
        except BlockingIOError:
            return
        connection.close()
        self.say(f"Abaqus JOB {self.job} TERMINATED")
        self.close(completed=False)
        raise GivesUp

    def go_wrong(self, step: int, increment: int, size: float) -> None:
        errors = {
            "no-convergence": "TOO MANY ATTEMPTS MADE FOR THIS INCREMENT",
            "too-small": "TIME INCREMENT REQUIRED IS LESS THAN THE MINIMUM\n     SPECIFIED",
            "increments": "TOO MANY INCREMENTS NEEDED TO COMPLETE THE STEP",
            "distorted": "The elements in set bad have been excessively distorted",
            "memory": "THE REQUESTED MEMORY CANNOT BE ALLOCATED",
            "disk-full": "I/O ERROR WHILE WRITING: No space left on device",
            "odd": "SOMETHING THAT NOBODY HAS EVER SEEN",
        }
        if self.end in errors:
            row = f"{step:4d}{increment:6d}  1U     0     9     9  0.250      0.250  {size:.4f}\n"
            self.write(".sta", row * 5)
            self.write(".sta" if self.explicit else ".msg", f"\n ***ERROR: {errors[self.end]}\n\n")
        elif self.end == "licence-lost":
            self.say(
                "FlexNet Licensing error:-15,578\nAbaqus Error: Error checking out Abaqus license."
            )
        elif self.end == "killed":
            os.kill(os.getppid(), signal.SIGKILL)  # the launcher, then the solver
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.end != "not-completed":
            return
        self.close(completed=False)
        raise GivesUp

    def close(self, *, completed: bool) -> None:
        said = "COMPLETED SUCCESSFULLY" if completed else "NOT BEEN COMPLETED"
        self.write(".sta", f"\n THE ANALYSIS HAS {said}\n")
        if self.end != "locked":
            Path(f"{self.job}.lck").unlink()
        for suffix in (".cid", ".023"):
            Path(self.job + suffix).unlink(missing_ok=True)

    def finish(self) -> int:
        if wish(self.given, "singular"):
            self.write(
                ".msg",
                " ***WARNING: SOLVER PROBLEM. NUMERICAL SINGULARITY WHEN PROCESSING NODE 7\n",
            )
        if self.end == "error-and-completed":
            self.write(".msg", " ***ERROR: ELEMENT 3 HAS NO MATERIAL\n")
        if self.end == "no-odb":
            Path(f"{self.job}.odb").unlink()
        self.close(completed=True)
        if self.end == "abort-after":
            self.say("*** buffer overflow detected ***: terminated")
            self.say("*** ABAQUS/standard rank 0 terminated by signal 6 (Aborted)")
            raise SystemExit(EXIT_ERROR)
        self.say(f"End {self.product} Analysis\nAbaqus JOB {self.job} COMPLETED")
        if self.end == "signal-after":
            os.kill(os.getppid(), signal.SIGABRT)
        if self.end == "leaves-process":
            subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
