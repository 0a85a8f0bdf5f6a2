import pytest
import torch

from flm import models
from flm.errors import InputError
from flm.experiment import Experiment
from flm.markup import get
from flm.models.dense import affine_weights, sampled
from flm.models.heads import cell_centres, expectation
from flm.shape import mean_shape

BACKBONES = ("resnet18", "resnet50", "legacy_xception", "mobilenetv3_small_100", "mobilenetv3_large_100")


def images(count: int, size: int, channels: int = 3) -> torch.Tensor:
    return models.normalise(torch.randint(0, 256, (count, channels, size, size), dtype=torch.uint8))


@pytest.mark.parametrize("head", ["softargmax", "regression"])
@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize(("size", "grey"), [(64, True), (96, False)])
def test_every_model_gives_landmarks_and_learns_from_them(backbone, head, size, grey):
    model, pretrained = models.build(Experiment(markup="cofw29", backbone=backbone, head=head, size=size, grey=grey))
    output = model(images(2, size, 1 if grey else 3))
    assert output.landmarks.shape == (2, 29, 2) and output.landmarks.dtype == torch.float32
    assert not pretrained
    output.landmarks.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters() if parameter.requires_grad)


@pytest.mark.parametrize(("stacks", "depth", "size", "grey"), [(1, 4, 64, True), (3, 2, 96, False)])
def test_every_hourglass_answers_and_learns(stacks, depth, size, grey):
    recipe = Experiment(backbone="hourglass", stacks=stacks, depth=depth, width=16, size=size, grey=grey)
    model, _ = models.build(recipe)
    output = model(images(2, size, 1 if grey else 3))
    assert output.scores.shape == (2, 68, size // 4, size // 4)
    assert len(output.earlier) == stacks - 1
    sum(stage.landmarks.sum() for stage in (*output.earlier, output)).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("backbone", ["resnet10t", "hourglass"])
@pytest.mark.parametrize("name", ["dense243", "dense1001", "ibug68+dense490"])
def test_anchored_landmarks_start_where_the_anchors_say(backbone, name):
    """A network that knows nothing has all anchors, and so all landmarks, in the middle of the crop."""
    model, _ = models.build(Experiment(backbone=backbone, width=16, head="anchored", markup=name, size=64))
    for name_of, value in model.named_parameters():
        if "score" in name_of:
            torch.nn.init.zeros_(value)
    output = model(images(2, 64))
    assert output.landmarks.shape == (2, get(name).n, 2) and output.spread.shape == (2, get(name).n)
    assert torch.allclose(output.landmarks, torch.full_like(output.landmarks, 31.5), atol=1e-3)
    (output.landmarks.sum() + output.spread.sum()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_affine_weights_move_scale_and_mirror_along():
    """The weights know the mean head; of a head moved, turned and stretched they make the same head's other points."""
    points = torch.from_numpy(mean_shape("dense490")).float()
    weights = affine_weights(points, points[:68])
    torch.testing.assert_close(weights.sum(1), torch.ones(490))
    changed = points @ torch.tensor([[1.0, 0.3, 0.0], [-0.3, 1.2, 0.1], [0.2, 0.0, 0.9]]) + torch.tensor(
        [5.0, -3.0, 1.0]
    )
    torch.testing.assert_close(weights @ changed[:68], changed, atol=0.02, rtol=0)


def test_features_are_taken_from_where_the_landmarks_are():
    size, cells = 64, 16
    centres = cell_centres(cells, size, torch.device("cpu"))
    x, y = torch.meshgrid(centres, centres, indexing="xy")
    landmarks = 8 + 48 * torch.rand(2, 5, 2)
    here = sampled(torch.stack([x, y]).expand(2, 2, cells, cells), landmarks, size)
    torch.testing.assert_close(here, landmarks)


def test_a_network_that_knows_nothing_points_to_the_middle():
    scores = torch.zeros(1, 3, 16, 16)
    assert torch.allclose(expectation(scores, 64), torch.full((1, 3, 2), 31.5))


@pytest.mark.parametrize("cells", [16, 15])
def test_a_peak_in_one_cell_is_read_at_its_centre(cells):
    scores = torch.full((1, 1, cells, cells), -100.0)
    scores[0, 0, 3, 7] = 100
    centres = cell_centres(cells, 64, torch.device("cpu"))
    assert torch.allclose(expectation(scores, 64)[0, 0], torch.stack([centres[7], centres[3]]))


def test_no_coordinate_is_rounded_to_bf16():
    scores = 3 * torch.randn(2, 5, 32, 32)
    exact = expectation(scores, 128)
    regression, _ = models.build(Experiment(backbone="resnet10t", head="regression", size=64))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(expectation(scores, 128), exact)
        landmarks = regression(torch.randn(2, 3, 64, 64)).landmarks
    assert not torch.equal(landmarks, landmarks.bfloat16().float())


def test_cell_centres_by_hand():
    """Cell 0 of 16 covers pixels 0 to 3 of 64."""
    assert cell_centres(16, 64, torch.device("cpu"))[:2].tolist() == [1.5, 5.5]


def test_pretrained_without_a_hub_starts_from_random_weights(monkeypatch, caplog):
    import timm

    real = timm.create_model

    def unreachable(*args, pretrained=False, **options):
        if pretrained:
            raise OSError("no route to host")
        return real(*args, **options)

    monkeypatch.setattr(timm, "create_model", unreachable)
    _, loaded = models.build(Experiment(head="regression", size=64, pretrained=True))
    assert not loaded and "no pretrained weights for resnet18" in caplog.text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"backbone": "resnet"}, "unknown backbone 'resnet': timm has"),
        ({"head": "argmax"}, "unknown head 'argmax'"),
        ({"size": 512}, "crop size 512: expected 64 to 256"),
        ({"head": "anchored"}, "head anchored: found markup ibug68, expected one of dense68"),
        ({"backbone": "hourglass", "head": "regression"}, "an hourglass has score maps: expected head softargmax or"),
        ({"backbone": "hourglass", "pretrained": True}, "an hourglass has no ImageNet weights"),
        ({"backbone": "hourglass", "size": 80}, "crops of 80 pixels cannot be halved 6 times"),
        ({"head": "pip", "markup": "cofw29"}, "markup cofw29: its places on the head are not known, those of ibug68"),
        ({"head": "pip", "markup": "ibug68+dense243"}, "head pip: it has no dense landmarks to adapt"),
        ({"markup": "ibug68+dense243", "transfer": "line"}, "unknown label adapter 'line'"),
    ],
)
def test_what_cannot_be_built_says_so(settings, message):
    with pytest.raises(InputError, match=message):
        models.build(Experiment(**settings))
