import numpy as np
import pytest

from flm.synth import eyes, facial_hair, hair, skin
from flm.synth.expression import sample_expression, sides
from flm.synth.head import head_model
from flm.synth.identity import Identity, sample_identity
from flm.synth.surface import surface


@pytest.mark.parametrize("age", [0.0, 0.1, 0.1875, 0.4, 0.5, 0.8, 1.0])
def test_ancestry_sex_and_age_are_shared_out_whole(age):
    person = Identity((0.2, 0.3, 0.5), male=0.3, age=age, muscle=0.6, weight=0.2, shape={})
    macro = person.targets()
    by_ancestry = {n: w for n, w in macro.items() if not n.startswith("macro/universal")}
    assert sum(by_ancestry.values()) == pytest.approx(1)
    assert sum(w for n, w in by_ancestry.items() if "/asian-" in n) == pytest.approx(0.3)
    assert sum(w for n, w in by_ancestry.items() if "-male-" in n) == pytest.approx(0.3)
    assert all(name in head_model() for name in macro)


def test_sampled_people_are_plausible_and_all_their_targets_exist():
    rng, model = np.random.default_rng(0), head_model()
    people = [sample_identity(rng, model) for _ in range(200)]
    assert all(name in model for person in people for name in person.targets())
    assert max(weight for person in people for weight in person.shape.values()) <= 0.8
    assert 0.3 < np.mean([person.male for person in people]) < 0.7
    assert np.mean([person.age > 0.4 for person in people]) > 0.85


def test_both_sides_of_a_face_are_alike_but_not_the_same():
    person = sample_identity(np.random.default_rng(1), head_model())

    def signed(side: str) -> float:
        up, down = (person.shape.get(f"ears/{side}-ear-scale-{end}", 0.0) for end in ("incr", "decr"))
        return up - down

    assert signed("l") != signed("r")
    assert signed("l") == pytest.approx(signed("r"), abs=0.3)


def test_expressions_use_arkits_actions_within_their_range():
    rng, model = np.random.default_rng(0), head_model()
    for _ in range(300):
        expression = sample_expression(rng)
        assert all(0 <= weight <= 1 for weight in expression.actions.values())
        assert all(name in model for name in expression.targets())


def test_actions_with_sides_have_two():
    assert sides("mouthSmile") == ["mouthSmileLeft", "mouthSmileRight"]
    assert sides("jawOpen") == ["jawOpen"]
    assert sides("mouthSmileLeft") == ["mouthSmileLeft"]


def test_darker_skin_reflects_less_and_shows_less_blue():
    s, nowhere = surface(), np.zeros(len(surface().mean))
    colours = []
    for melanin in (0.2, 1.0, 2.2):
        look = skin.SkinLook(melanin, 0.3, 0.5, 0.3, 0, 0, (np.zeros(3), 0.0), (np.zeros(3), 0.0), 0)
        texture = skin.albedo(np.random.default_rng(0), look, np.zeros(3), nowhere, nowhere)
        assert texture.shape == (skin.SIZE, skin.SIZE, 3)
        assert 0 < texture.min() <= texture.max() < 1
        colours.append(texture.mean((0, 1)))
    assert (np.diff(colours, axis=0) < 0).all()
    assert all(red > green > blue for red, green, blue in colours)
    assert s.uv.shape == (len(s.mean), 2)


def test_an_eye_looks_where_the_gaze_points():
    base = head_model().base.vertices
    ahead, aside, up = (eyes.eyeball(base, "left", gaze, 0.4) for gaze in ((0, 0), (0.3, 0), (0, 0.3)))
    assert (aside[0] - ahead[0])[0] > 0.02, "the subject's left is +x"
    assert (up[0] - ahead[0])[1] > 0.02
    assert np.linalg.norm(aside[0] - aside[1:].mean(0)) == pytest.approx(
        np.linalg.norm(ahead[0] - ahead[1:].mean(0)), rel=1e-6
    )
    assert eyes.faces().max() == len(ahead) - 1


def test_hair_grows_on_the_scalp_and_beards_on_the_chin():
    mean, scalp, beard = surface().mean, hair.scalp_density(), facial_hair.beard_density(1.0, 1.0, 1.0)
    top, chin = mean[:, 1].argmax(), int(np.linalg.norm(mean - [0, 6.3, 1.3], axis=1).argmin())
    assert scalp[top] == 1
    assert beard[top] == 0
    assert scalp[chin] == 0
    assert beard[chin] > 0.5
    assert not (scalp * beard > 0.5).any()


def test_strands_stay_out_of_the_head_and_out_of_the_face():
    rng, skin_vertices = np.random.default_rng(0), surface().mean
    style = hair.HairStyle(top=3.0, sides=3.0, back=3.0)
    strands = hair.scalp_hair(rng, style, np.full(3, 0.1), skin_vertices, hair.scalp_density())
    before_the_eyes = (np.abs(strands.vertices[:, 0]) < 0.4) & (strands.vertices[:, 2] > 1.25)
    before_the_eyes &= (strands.vertices[:, 1] < 7.6) & (strands.vertices[:, 1] > 6.5)
    assert before_the_eyes.mean() < 0.01
    assert strands.faces.max() < len(strands.vertices)
    assert np.isfinite(strands.vertices).all()
