from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from test_fit import TINY

from flm import card, data
from flm.errors import InputError
from flm.training import fit


@pytest.fixture(scope="module")
def unseen() -> list[data.Sample]:
    return data.load("synthetic-40/test")


def test_every_face_is_in_one_subgroup_of_each_kind(unseen):
    counts = {name: n for name, (n, _) in card.by_subgroup(np.ones(len(unseen)), unseen).items()}
    kinds = [[name for name in counts if word in name] for word in ("skin", "years", "ine", "turned")]
    assert sorted(chain.from_iterable(kinds)) == sorted(counts)
    for names in kinds:
        assert sum(counts[name] for name in names) == len(unseen), names


def test_a_subgroup_has_the_errors_of_its_faces_alone(unseen):
    masculine = np.array([face.attributes["identity"]["male"] >= 0.5 for face in unseen])
    groups = card.by_subgroup(np.where(masculine, 3.0, 5.0), unseen)
    for name, error, chosen in (("masculine", 3, masculine), ("feminine", 5, ~masculine)):
        count, mean = groups[name]
        assert count == chosen.sum()
        assert mean is None if count == 0 else mean.mean == error


def test_faces_of_which_too_little_is_known_are_refused(unseen):
    unknown = [replace(face, attributes={}) for face in unseen]
    with pytest.raises(InputError, match="what is known of its faces lacks 'skin'"):
        card.by_subgroup(np.ones(len(unknown)), unknown)


def test_a_card_says_what_was_learnt_from_and_how_well(unseen):
    run = fit(TINY)
    text = card.card(run, {"some photographs": np.array([3.0, 5.0])}, unseen, np.full(len(unseen), 4.0))
    assert "| some photographs | 2 | 4.00 [3.00, 5.00] |" in text
    assert "8 faces of `stand-in/train` alone" in text
    assert all(name in text for name in card.SUBGROUPS)


def test_what_has_seen_photographs_gets_no_such_card(unseen):
    run = fit(TINY)
    sources = run.record["data"] | {"mixed_in": {"spec": "300w/train"}}
    with pytest.raises(InputError, match="has seen 300w/train"):
        card.card(replace(run, record=run.record | {"data": sources}), {}, unseen, np.ones(len(unseen)))


def test_what_began_from_other_weights_or_learnt_adapted_labels_gets_none_either(unseen):
    run = fit(TINY)
    adapter = run.record["data"] | {"adapter": {"kind": "mlp", "learnt_from": "50 faces of 300w/train"}}
    others = (
        replace(run, record=run.record | {"pretrained": True}),
        replace(run, record=run.record | {"data": adapter}),
        replace(run, experiment=replace(run.experiment, start="real-only-0")),
    )
    for other in others:
        with pytest.raises(InputError, match="began from other weights or learnt from other labels"):
            card.card(other, {}, unseen, np.ones(len(unseen)))
