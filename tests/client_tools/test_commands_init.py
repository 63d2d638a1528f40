"""``wam init``: what is made, what is left alone, what is refused."""

import json

import pytest


def test_a_new_folder_becomes_a_spool(wam, clock, tmp_path):
    place = tmp_path / "new one" / "spool"
    run = wam("init", place)
    assert run.code == 0
    assert (place / "spool.yaml").is_file()
    assert (place / "incoming" / "high").is_dir()
    assert run.out.startswith(f"Made a spool in {place}\n")
    assert f'wam-node run --spool "{place}" --scratch FOLDER' in run.out
    assert wam("status", "--spool", place).code == 0


def test_a_spool_stays_as_it_is(wam, spool):
    before = spool.share.read("spool.yaml")
    run = wam("init", spool.share.location)
    assert run.code == 0
    assert "is a spool already" in run.out
    assert spool.share.read("spool.yaml") == before


def test_in_json(wam, clock, tmp_path):
    told = json.loads(wam("init", tmp_path / "s", "--json").out)
    again = json.loads(wam("init", tmp_path / "s", "--json").out)
    assert (told["wam"], told["spool"], told["made"]) == (1, str(tmp_path / "s"), True)
    assert (again["spool_id"], again["made"]) == (told["spool_id"], False)


@pytest.mark.parametrize(
    ("marker", "product"), [(".dropbox", "Dropbox"), (".stfolder", "Syncthing")]
)
def test_a_folder_below_a_synchronised_one_is_refused(wam, clock, tmp_path, marker, product):
    (tmp_path / marker).mkdir()
    place = tmp_path / "a" / "b"
    run = wam("init", place)
    assert run.code == 18
    assert f"{tmp_path} is kept by {product}" in run.err
    assert not place.exists(), "nothing is made before it is refused"


def test_the_path_itself_gives_a_synchroniser_away(wam, clock, tmp_path):
    run = wam("init", tmp_path / "OneDrive - Works" / "spool")
    assert run.code == 18
    assert "OneDrive" in run.err


def test_a_spool_in_a_spool_is_refused(wam, spool):
    run = wam("init", f"{spool.share.location}/incoming/inner")
    assert run.code == 18
    assert "lies inside a spool" in run.err


def test_a_file_in_the_way_is_named(wam, clock, tmp_path):
    (tmp_path / "file").write_text("")
    run = wam("init", tmp_path / "file" / "spool")
    assert run.code == 61
    assert "Not a directory" in run.err
