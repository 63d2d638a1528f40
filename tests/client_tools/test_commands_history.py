"""``wam history``: what is listed, with which filters, for people, spreadsheets and programs."""

import csv
import json

from spool_layout.names import marked_suffix
from spool_layout.states import Outcome
from spool_layout.ticket import format_ticket
from wamspool.errors import Denied


def test_a_table(wam, spool, made):
    made.done(spool, "plate-aaaaa", memory_peak_bytes=3 << 30)
    made.done(spool, "wheel-bbbbb", Outcome.FAILED)
    header, first, second = wam("history").out.splitlines()
    assert header.split() == "job outcome node owner ended waited solved eff memory".split()
    assert first.split()[:4] == ["wheel-bbbbb", "failed", "cougar", "jo"]
    assert second.startswith("plate-aaaaa  completed  cougar")
    assert second.endswith("4 min  5 %  3.0 GB")  # 12.5 s by one core in 245 s


def test_nothing(wam, spool):
    assert wam("history").out == "no job has ended so\n"


def test_filters(wam, spool, made):
    made.done(spool, "plate-aaaaa")
    made.done(spool, "wheel-bbbbb", Outcome.FAILED)

    def jobs(*words):
        return [job["job"] for job in json.loads(wam("history", "--json", *words).out)["jobs"]]

    assert jobs() == ["wheel-bbbbb", "plate-aaaaa"]
    assert jobs("--outcome", "failed") == ["wheel-bbbbb"]
    assert jobs("--state", "completed", "--outcome", "lost") == ["plate-aaaaa"]
    assert jobs("--name", "PLATE") == ["plate-aaaaa"]
    assert jobs("--limit", "1") == ["wheel-bbbbb"]
    assert jobs("--node", "lynx") == []
    assert jobs("--node", "lynx", "--node", "cougar") == ["wheel-bbbbb", "plate-aaaaa"]
    assert jobs("--tag", "big") == []


def test_of_a_batch(wam, spool, made):
    one, other = (f"{stem}-{marked_suffix('aaaaa', 'study')}" for stem in ("plate", "press"))
    for job, batch in ((one, "study"), (other, ""), ("wheel-bbbbb", "")):
        folder = made.done(spool, job)
        text = format_ticket(made.a_ticket(job, batch=batch)).encode()
        spool.share.replace(f"{folder}/ticket.yaml", text)
    for name in ("study", "@Study"):
        jobs = json.loads(wam("history", "--batch", name, "--json").out)["jobs"]
        assert [job["job"] for job in jobs] == [one]
    assert wam("history", "--batch", "nothing").out == "no job has ended so\n"


def test_mine_are_those_whose_files_are_mine(wam, spool, owned, made):
    made.done(spool, "plate-aaaaa")
    made.done(spool, "wheel-bbbbb")  # its ticket says that it is jo's
    owned.default, owned.owners = "jo", {"wheel-bbbbb": "ann"}
    told = wam("history", "--mine").out
    assert "plate-aaaaa" in told
    assert "wheel-bbbbb" not in told


def test_mine_are_those_that_i_have_dropped(wam, spool, owned, made):
    """The ticket of such a job is its node's, as a file."""
    folder = made.done(spool, "plate-aaaaa")
    text = spool.share.read(f"{folder}/ticket.yaml")
    spool.share.replace(f"{folder}/ticket.yaml", text + b"dropped: incoming/plate.inp\n")
    spool.share.create(f"{folder}/inputs/plate.inp", b"*STEP\n")
    owned.default, owned.owners = "svc", {"inputs/plate.inp": "jo", "wam-who": "jo"}
    assert "plate-aaaaa" in wam("history", "--mine").out


def test_where_the_share_does_not_tell_owners_mine_are_those_of_my_name(
    wam, spool, owned, made, monkeypatch
):
    owned.has_owner = False
    made.done(spool, "plate-aaaaa")
    assert "plate-aaaaa" in wam("history", "--mine").out
    monkeypatch.setattr("client_tools.wiring.user_name", lambda: "ann")
    assert wam("history", "--mine").out == "no job has ended so\n"


def test_a_reader_of_the_spool_goes_by_names(wam, spool, owned, made, monkeypatch):
    def denied(path, content):
        raise Denied(path, "read only")

    monkeypatch.setattr(owned, "create", denied, raising=False)
    made.done(spool, "plate-aaaaa")
    assert "plate-aaaaa" in wam("history", "--mine").out


def test_since(wam, spool, made):
    made.done(spool, "plate-aaaaa")
    assert "plate-aaaaa" in wam("history", "--since", "800000 h").out
    made.job(spool, "wheel-bbbbb")
    assert "plate-aaaaa" not in wam("history", "--since", "0s").out
    refused = wam("history", "--since", "yesterday")
    assert refused.code == 2
    assert "--since" in refused.err


def test_a_document_tells_what_the_job_took(wam, spool, made):
    made.done(spool, "plate-aaaaa", tokens=5, pool="lic")
    (job,) = json.loads(wam("history", "--json").out)["jobs"]
    assert job["outcome"] == "completed"
    took = {key: job[key] for key in ("cpus", "waited", "solved", "cpu_s", "efficiency", "tokens")}
    assert took == {
        "cpus": 1, "waited": 0.0, "solved": 245.0, "cpu_s": 12.5, "efficiency": 0.051, "tokens": 5,
    }  # fmt: skip
    assert job["results"].endswith("/done/2026-11/plate-aaaaa")


def test_comma_separated(wam, spool, made):
    made.done(spool, "plate-aaaaa", solver_version="x")
    header, row = csv.reader(wam("history", "--csv").out.splitlines())
    told = dict(zip(header, row, strict=True))
    assert told["job"] == "plate-aaaaa"
    assert told["solved_s"] == "245.0"
    assert told["tokens"] == ""
    assert wam("history", "--csv", "--json").code == 2


def test_no_cell_is_a_formula(wam, spool, made):
    folder = made.done(spool, "plate-aaaaa")
    text = spool.share.read(f"{folder}/ticket.yaml").decode()
    spool.share.replace(f"{folder}/ticket.yaml", f'{text}name: "=cmd()"\n'.encode())
    assert ",'=cmd()," in wam("history", "--csv").out


def test_how_far_a_filter_looked_is_said(wam, spool, made, monkeypatch):
    monkeypatch.setattr("client_tools.commands.history.LOOKED_AT_MAX", 2)
    for letter in "abc":
        made.done(spool, f"plate-{letter * 5}")
    out = wam("history", "--limit", "1", "--node", "lynx").out
    assert out.splitlines()[-1] == "the last 2 jobs were looked at; --since or --name narrows it"
