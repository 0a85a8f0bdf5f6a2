"""300-VW: video clips with the 68 iBUG points in every frame (Shen et al. 2015), in its official layout.

NNN/vid.avi is a clip and NNN/annot/000001.pts the label of its first frame. Frames taken out beforehand,
NNN/imgs/000001.jpg or .png, are read instead of the video where they are there.

Broken frames: the publisher's extra.zip names, for some clips, the frames whose labels are not to be trusted.
Unpacked to extra/NNN.mat beside the clips it takes them out; without it every frame is kept.
"""

from collections.abc import Iterable
from pathlib import Path

import cv2
from scipy.io import loadmat

from flm.data.image import SUFFIXES
from flm.data.pts import read_pts
from flm.data.sample import Sample
from flm.errors import InputError

NAME = "300vw"
_LISTS = {
    "train": """
        001 002 003 004 007 009 010 011 013 015 016 017 018 019 020 022 025 027 028 029 031 033 034 035 037 039 041
        043 044 046 047 048 049 053 057 059 112 113 115 119 120 123 138 143 144 160 204 205 223 225""",
    "A": """
        114 124 125 126 150 158 401 402 505 506 507 508 509 510 511 514 515 518 519 520 521 522 524 525 537 538 540
        541 546 547 548""",
    "B": "203 208 211 212 213 214 218 224 403 404 405 406 407 408 409 412 550 551 553",
    "C": "410 411 516 517 526 528 529 530 531 533 557 558 559 562",
}
_LISTS["all"] = " ".join(_LISTS.values())
CLIPS = {split: sorted(clips.split()) for split, clips in _LISTS.items()}
"""Clips of each split; A, B and C are the test clips: well lit, badly lit, and with everything that can go wrong."""
COUNTS = {split: len(clips) for split, clips in CLIPS.items()}
"""Official number of CLIPS in each split."""


def count(root: Path, split: str) -> int:
    """Number of clips of `split` under `root`."""
    return len(_folders(root, split))


def read(root: Path, split: str) -> list[Sample]:
    """Labelled frames of `split` under the 300-VW folder `root`, clip by clip, in order; a name is NNN/000001.

    split: one of CLIPS, or the number of a clip. Clips that are not there are left out; compare `count` with COUNTS.
    Raises InputError for an unknown split, for a split of which nothing is there, for a broken `.pts` file,
    and for a clip that has not one `.pts` file a frame.
    """
    if split not in CLIPS and split not in CLIPS["all"]:
        raise InputError(f"unknown 300-VW split {split!r}: choose one of {', '.join(CLIPS)}, or a clip, 001 to 562")
    samples = [sample for clip in _folders(root, split) for sample in _read_clip(clip, split)]
    if not samples:
        raise InputError(
            f"{root}: no clips of 300-VW {split}; expected NNN/annot beside NNN/vid.avi (run `flm data status`)"
        )
    return samples


def _folders(root: Path, split: str) -> list[Path]:
    return [root / clip for clip in CLIPS.get(split, [split]) if (root / clip / "annot").is_dir()]


def _read_clip(clip: Path, split: str) -> list[Sample]:
    labels = _numbered((clip / "annot").glob("*.pts"))
    frames = _frames(clip)
    if alone := labels.keys() ^ frames.keys():
        raise InputError(
            f"{clip}: found {len(frames)} frames and {len(labels)} .pts files, expected one .pts file a frame, "
            f"but number {min(alone)} has no partner; unpack the clip again"
        )
    broken = _broken_frames(clip)
    return [
        Sample(image, read_pts(labels[number], 68), "ibug68", f"{clip.name}/{number:06d}", NAME, split, frame=frame)
        for number, (image, frame) in frames.items()
        if number not in broken
    ]


def _numbered(files: Iterable[Path]) -> dict[int, Path]:
    return {int(file.stem): file for file in sorted(files) if file.stem.isdigit()}


def _frames(clip: Path) -> dict[int, tuple[Path, int | None]]:
    """Number of each frame, from 1 -> where it is: a picture, or the video and the frame's number in it, from 0."""
    if (clip / "imgs").is_dir():
        images = _numbered(path for path in (clip / "imgs").iterdir() if path.suffix.lower() in SUFFIXES)
        return {number: (image, None) for number, image in images.items()}
    video = cv2.VideoCapture(str(clip / "vid.avi"))
    length = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    video.release()
    return {frame + 1: (clip / "vid.avi", frame) for frame in range(length)}


def _broken_frames(clip: Path) -> set[int]:
    """Numbers, from 1, of the frames not to be trusted."""
    listed = clip.parent / "extra" / f"{clip.name}.mat"
    if not listed.exists():
        return set()
    try:
        return set(loadmat(str(listed))["error"].ravel().tolist())
    except Exception as error:  # SciPy's reader fails with whatever a broken file makes it do
        raise InputError(f"{listed}: not a list of broken frames ({error}); unpack extra.zip again") from None
