import numpy as np
import pytest

from flm.errors import InputError
from flm.synth.face import sample_face
from flm.synth.preset import PRESETS, preset
from flm.synth.surface import CLASS


def face(name: str, number: int = 0):
    return sample_face(np.random.default_rng([number]), PRESETS[name])


def test_presets_short_of_something_show_the_same_people():
    for name in ("no-hair", "no-accessories", "no-expression"):
        assert face(name).identity.shape == face("default").identity.shape


def test_each_preset_leaves_out_what_it_says():
    for number in range(12):
        assert not np.isin(face("no-hair", number).rest.classes, [CLASS["hair"], CLASS["beard"]]).any()
        worn = [CLASS["glasses"], CLASS["headwear"], CLASS["facewear"]]
        assert not np.isin(face("no-accessories", number).rest.classes, worn).any()
        assert face("no-expression", number).expression.actions == {}


def test_stand_in_and_default_share_neither_maps_nor_styles_nor_draws():
    one, other = PRESETS["default"], PRESETS["stand-in"]
    assert not set(one.maps) & set(other.maps)
    assert not set(one.styles) & set(other.styles)
    assert one.stream != other.stream


def test_an_unknown_preset_is_refused():
    with pytest.raises(InputError, match="unknown preset 'plain': choose one of default, stand-in"):
        preset("plain")
