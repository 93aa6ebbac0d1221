"""The benchmarks at the size of a thimble, so that they cannot rot. No peer is installed here."""

import json

import pytest

from bench import engine_scale
from bench.peers import reference, rules, run
from bench.peers.job import Event, read_events, read_places


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> run.Input:
    """Six places for a good hour."""
    return run.prepare(tmp_path_factory.mktemp("job"), places=6, length=4_000_000)


def test_the_small_input_has_every_sort_of_event(small):
    assert {(rule, what) for rule, _, what, _ in small.expected} >= {
        (rule, what) for rule in ("hold", "count", "together") for what in ("begin", "end")
    }


def test_the_rules_by_hand_begin_where_the_reference_begins(small):
    places = read_places(small.places)
    assert begins(by_hand(small, places)) == begins(small.expected)


def by_hand(of: run.Input, places: dict[str, str]) -> set[Event]:
    """As a peer without operators would do it."""
    events: set[Event] = set()
    states: dict[str, rules.State] = {}
    for text in of.readings.read_text().splitlines():
        reading = json.loads(text)
        device, at, smoke = reading["device"], reading["time"], "obscuration" in reading
        place = places[device]
        here = states.setdefault(place, rules.new_place())
        if smoke:
            state = states.setdefault(device, rules.new_smoke())
            found = [("hold", *m) for m in rules.hold(state, at, reading["obscuration"])]
            found += [("baseline", *m) for m in rules.baseline(state, at, reading["temperature"])]
            met = reading["obscuration"] >= 0.06
        else:
            state = states.setdefault(device, rules.new_arc())
            found = [("count", *m) for m in rules.count(state, at, reading["arcs"])]
            met = reading["arcs"] >= 3
        events |= {(rule, device, what, moment) for rule, what, moment in found}
        if met:
            meetings = rules.together(here, at, smoke=smoke)
            events |= {("together", place, what, moment) for what, moment in meetings}
    return events


def begins(events: set[Event]) -> set[Event]:
    return {event for event in events if event[2] == "begin"}


def test_ours_does_the_job(small, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "HOME", tmp_path)
    (ours,) = (peer for peer in run.PEERS if peer.name == "ours")
    measured = run.measure(ours, small)
    found = read_events(tmp_path / "events" / "ours" / "events.ndjson")
    for rule in ("hold", "count"):
        of_rule = {event for event in begins(small.expected) if event[0] == rule}
        assert {event for event in begins(found) if event[0] == rule} == of_rule
    assert measured.readings == len(small.readings.read_text().splitlines())
    assert len(run.table([measured])) == 2


def test_a_hold_is_denied_by_a_reading_before_it_is_over():
    assert list(reference.hold([(0, 0.2), (20_000, 0.05), (40_000, 0.0)])) == []
    assert list(reference.hold([(0, 0.2), (20_000, 0.2), (40_000, 0.0)])) == [
        ("begin", 30_000),
        ("end", 40_000),
    ]


def test_a_wrong_event_is_told():
    peer = run.PEERS[0]
    right, wrong = ("hold", "a", "begin", 1), ("hold", "b", "begin", 1)
    assert run.check(peer, {right}, {right}, 1_000_000)["hold"] == "1"
    assert run.check(peer, {right}, {right, wrong}, 1_000_000)["hold"] == "2, 1 WRONG"


def test_every_peer_has_its_file_and_its_pinned_list():
    for peer in run.PEERS:
        assert run.lines_of(peer) > 20
        if peer.environment:
            assert "--hash=sha256:" in (run.HERE / f"{peer.environment}.txt").read_text()


def test_lines_of_code_are_neither_blank_nor_comment_nor_docstring(tmp_path):
    path = tmp_path / "some.py"
    path.write_text(
        '"""Doc.\n\nMore."""\n\nx = """\nkept\n"""  # said\n\n\ndef f():\n    """Doc."""\n'
    )
    assert run.lines_in(path) == 4


def test_many_rules_at_a_small_scale():
    figures = engine_scale.many_rules(rules=40, devices=20, batch=10, seconds=0.05)
    assert figures.rate > 0
    assert len(figures.lines()) == 2


def test_many_devices_at_a_small_scale():
    figures = engine_scale.many_devices(devices=900)
    assert set(figures.bytes_per_device) == {"baseline", "threshold", "silence"}
    assert 0 < figures.changed_bytes < figures.save_bytes
    assert len(figures.lines()) == 3


def test_many_devices_refuses_what_does_not_fit():
    with pytest.raises(MemoryError, match="GiB free"):
        engine_scale.many_devices(devices=10_000_000_000)
