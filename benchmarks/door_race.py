"""Who wins when many processes want one thing on a Samba server: WAM's door, its move, and, for
contrast, the rename of the SMB library as it is used by default.

``python -m benchmarks.door_race [--clients 8] [--rounds 1000]`` starts a server of its own. "Double"
counts the rounds that two or more processes were told they had won, "nobody" those that none had.
"""

import argparse
import functools
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path

import smbclient
from smbprotocol.exceptions import SMBException

from tests.real.samba import SHARE, Samba, started_samba
from wamspool.clock import SystemClock
from wamspool.errors import Busy, Denied, Exists, Gone
from wamspool.open_share import open_share
from wamspool.share import Share

Try = Callable[[int], None]


def _share(location: str, environment: dict[str, str]) -> Share:
    return open_share(location, SystemClock(), environment=environment, durable=False)


def _door(location: str, environment: dict[str, str], number: int) -> Try:
    del number
    share = _share(location, environment)
    return lambda round_: share.make_folder(f"door-{round_}")


def _move(location: str, environment: dict[str, str], number: int) -> Try:
    share = _share(location, environment)
    return lambda round_: share.move(f"file-{round_}", f"file-{round_}.{number}")


def _stock_rename(location: str, environment: dict[str, str], number: int) -> Try:
    host, _, port = location.removeprefix("smb://").partition("/")[0].partition(":")
    folder = location.rpartition("/")[2]
    root = rf"\\{host}\{SHARE}\{folder}"
    smbclient.ClientConfig(
        username=environment["WAM_SMB_USER"], password=environment["WAM_SMB_PASSWORD"]
    )

    def rename(round_: int) -> None:
        source = rf"{root}\file-{round_}"
        smbclient.rename(source, f"{source}.{number}", port=int(port))

    return rename


KINDS = {"door": _door, "move": _move, "stock": _stock_rename}


def _compete(
    kind: str,
    location: str,
    environment: dict[str, str],
    *,
    number: int,
    rounds: int,
    start: Barrier,
    won: "multiprocessing.Queue[list[int]]",
) -> None:
    attempt = KINDS[kind](location, environment, number)
    wins = []
    for round_ in range(rounds):
        start.wait()
        try:
            attempt(round_)
        except (Exists, Gone, Busy, Denied, OSError, SMBException):
            continue
        wins.append(round_)
    won.put(wins)


def race(kind: str, locations: Sequence[str], environment: dict[str, str], rounds: int) -> str:
    """The counts of one race, a process for each location."""
    context = multiprocessing.get_context("spawn")
    start, won = context.Barrier(len(locations)), context.Queue()
    processes = [
        context.Process(
            target=_compete,
            args=(kind, place, environment),
            kwargs={"number": number, "rounds": rounds, "start": start, "won": won},
        )
        for number, place in enumerate(locations)
    ]
    for process in processes:
        process.start()
    winners = Counter(round_ for _ in processes for round_ in won.get())
    for process in processes:
        process.join()
    double = sum(count > 1 for count in winners.values())
    return f"{rounds} rounds: {double} double, {rounds - len(winners)} won by nobody"


@contextmanager
def _server(folder: Path) -> Iterator[Samba]:
    yield from started_samba(folder)


def _folder(server: Samba, name: str, rounds: int) -> tuple[str, str]:
    """An address and a path of one new folder with a file for each round."""
    folder = server.new_folder(name)
    for round_ in range(rounds):
        (folder / f"file-{round_}").write_bytes(b"ticket")
    return server.address(name), str(folder)


def main(arguments: Sequence[str] = ()) -> None:
    """Prints a line for each race."""
    parser = argparse.ArgumentParser(description="Who wins, on a Samba server.")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1000)
    asked = parser.parse_args(list(arguments))
    half = asked.clients // 2
    with tempfile.TemporaryDirectory() as base, _server(Path(base)) as server:
        run = functools.partial(race, environment=server.environment, rounds=asked.rounds)
        address, path = _folder(server, "doors", 0)
        print(f"door, {asked.clients} SMB clients:", run("door", [address] * asked.clients))
        address, path = _folder(server, "mixed", 0)
        sides = [address] * half + [path] * (asked.clients - half)
        print(
            f"door, {half} SMB clients and {asked.clients - half} on the disk:", run("door", sides)
        )
        address, _ = _folder(server, "moves", asked.rounds)
        print(f"WAM's move, {asked.clients} SMB clients:", run("move", [address] * asked.clients))
        address, _ = _folder(server, "stock", asked.rounds)
        print(f"the library's rename, {asked.clients}:", run("stock", [address] * asked.clients))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
