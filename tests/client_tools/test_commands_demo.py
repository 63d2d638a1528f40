"""``wam demo``: what it says when it cannot be. Its play is tested with real nodes."""

from client_tools.demo import examples


def test_without_calculix(wam, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    run = wam("demo")
    assert run.code == 66
    assert "apt install calculix-ccx" in run.err


def test_a_folder_in_use(wam, monkeypatch, tmp_path):
    monkeypatch.setattr("client_tools.demo.scene.check_solver", lambda: None)
    (tmp_path / "mine").write_text("")
    run = wam("demo", "--dir", tmp_path)
    assert run.code == 66
    assert "is not empty" in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_without_the_examples(wam, monkeypatch, tmp_path):
    monkeypatch.setattr("client_tools.demo.scene.check_solver", lambda: None)
    monkeypatch.setattr(examples.client_tools, "__file__", str(tmp_path / "client_tools/x.py"))
    run = wam("demo")
    assert run.code == 66
    assert "press.inp is missing" in run.err


def test_each_example_is_handed_in_once():
    decks = [example.deck for example in examples.ALL]
    assert len(set(decks)) == len(decks) == 14
    assert set(examples.SHORT) < set(examples.ALL)
    assert {example.dropped for example in examples.SHORT} == {True, False}
