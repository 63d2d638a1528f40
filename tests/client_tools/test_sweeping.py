"""Parameter families: from the command line to one job a case."""

import json

import pytest

from client_tools.sweeping import Case, name_of
from spool_layout.ticket import format_ticket, parse_ticket

PLACES = "** {{T}}\n"


@pytest.fixture
def family(deck, made, spool):
    made.node(spool)
    deck.write_text(PLACES + "** E is {{E}}\n" + made.DECK)
    return deck


def _tickets(spool):
    names = sorted(e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml"))
    return [parse_ticket(spool.share.read(f"incoming/{n}"), source=n) for n in names]


def test_a_product_of_values_is_a_batch_of_filled_decks(wam, spool, family):
    run = wam("ticket", family, "--sweep", "T=100,200", "--sweep", "E=1,2,3", "--json")
    assert run.code == 0, run.err
    tickets = _tickets(spool)
    given = [tuple(t.draft.parameters.items()) for t in tickets]
    assert given == [(("T", t), ("E", e)) for t in ("100", "200") for e in "123"]
    assert {t.draft.batch for t in tickets} == {json.loads(run.out)["batch"]}
    assert [t.job[:-6] for t in tickets][:2] == ["bracket-001-t100-e1", "bracket-002-t100-e2"]
    text = spool.share.read(f"jobs/{tickets[3].job}/bracket.inp").decode()
    assert text.startswith("** 200\n** E is 1\n")
    assert tickets[3].inputs[0].size_bytes == len(text)
    assert "{{T}}" in family.read_text()


def test_a_file_has_a_case_a_row(wam, spool, family):
    (family.parent / "cases.csv").write_bytes(
        "\ufeffname;T;E\nhot; 300;1,5\n\ncold;20;2\n".encode()
    )
    assert wam("ticket", family, "--sweep-file", family.parent / "cases.csv").code == 0
    hot, cold = sorted(_tickets(spool), key=lambda ticket: ticket.job, reverse=True)
    assert dict(hot.draft.parameters) == {"T": "300", "E": "1,5"}
    assert hot.job.startswith("bracket-hot-")
    assert cold.draft.name == "bracket-cold"


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (["--sweep", "T=1"], 33, "bracket.inp:2: {{E}} has no value"),
        (["--sweep", "T=1", "--sweep", "E=1", "--sweep", "X=1"], 33, "has no {{X}}; its placeholders are: {{T}}, {{E}}"),
        (["--sweep", "T=1,,2", "--sweep", "E=1"], 2, "T: '' is empty"),
        (["--sweep", "T"], 2, "'T' is not NAME=VALUE,VALUE"),
        (["--sweep", "T=1", "--sweep", "T=2"], 2, "'T' is given twice"),
        (["--sweep", "T=" + ",".join(map(str, range(201))), "--sweep", "E=1"], 33, "this makes 201 jobs"),
        (["--sweep", "T=1,2", "--sweep", "E=1", "--name", "x"], 33, "--name fits one job"),
        (["--sweep-file", "cases.csv", "--sweep", "T=1"], 2, "give either this or --sweep"),
        (["--sweep-file", "none.csv"], 61, "none.csv: there is no such file"),
        (["--sweep-file", "short.csv"], 33, "short.csv:3: has 1 values, and there are 2 names"),
        (["--sweep-file", "empty.csv"], 33, "empty.csv: is empty"),
        (["--sweep-file", "odd.csv"], 33, "odd.csv:1: 'T [K]' is not the name of a parameter"),
        (["--sweep-file", "twice.csv"], 33, "twice.csv:1: 'T' is there twice"),
        (["--sweep-file", "hole.csv"], 33, "hole.csv:2: E: '' is empty"),
        (["--sweep-file", "latin.csv"], 33, "latin.csv: is no text in UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_queued(
    wam, spool, family, monkeypatch, options, code, text
):
    monkeypatch.chdir(family.parent)
    for name, content in {
        "cases": b"T,E\n1,2\n", "short": b"T,E\n1,2\n3\n", "empty": b"", "odd": b"T [K],E\n1,2\n",
        "twice": b"T,T\n1,2\n", "hole": b"T,E\n1,\n", "latin": b"T,E\n\xe9,1\n",
    }.items():  # fmt: skip
        (family.parent / f"{name}.csv").write_bytes(content)
    run = wam("ticket", "bracket.inp", *options)
    assert (run.code, text in run.err) == (code, True), run.err
    assert not _tickets(spool)


def test_many_are_made_when_that_is_said(wam, spool, family):
    values = ",".join(map(str, range(201)))
    assert (
        wam("ticket", family, "--sweep", f"T={values}", "--sweep", "E=1", "-y", "--dry-run").code
        == 0
    )


def test_several_decks_are_no_family(wam, spool, family, made):
    (family.parent / "plate.inp").write_text(made.DECK)
    run = wam("ticket", family.parent, "--sweep", "T=1")
    assert "a sweep is made of one deck" in run.err


def test_a_case_is_not_cut_from_a_name():
    assert name_of("x" * 60, Case("001-T100", {})) == "x" * 31 + "-001-T100"


def test_a_family_that_is_waited_for_ends_with_its_table(wam, spool, made, family, clock):
    def finish():
        for ticket in _tickets(spool):
            spool.share.remove(f"incoming/{ticket.first_name.file_name}")
            folder = made.done(spool, ticket.job)
            spool.share.replace(f"{folder}/ticket.yaml", format_ticket(ticket).encode())

    clock.meanwhile = [finish]
    run = wam("ticket", family, "--sweep", "T=100,200", "--sweep", "E=7", "--wait")
    assert run.code == 0, run.err
    header, first, second = run.out.splitlines()[-3:]
    assert header.split() == ["job", "T", "E", "outcome", "node", "run_s", "cpu_s"]
    assert first.startswith("bracket-001-t100-e7-")
    assert first.split()[1:] == ["100", "7", "completed", "cougar", "245", "12.5"]
    assert second.split()[1:3] == ["200", "7"]
