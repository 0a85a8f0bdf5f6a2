"""How well landmarks follow a face: jitter, and the lag that it may have been bought with.

Frames in which a face was lost, NaN, do not count.
"""

import numpy as np

_FARTHEST = 8  # frames of lag that are looked for


def jitter(landmarks: np.ndarray, truth: np.ndarray, normaliser: np.ndarray) -> float | None:
    """Root mean square of the velocity's error, % of the normaliser (t,) a frame.

    landmarks, truth: (t, n, 2) of consecutive frames. What moves as the truth does has none, however far off it is.
    None where the face was never found in two frames on end.
    """
    error = np.diff(landmarks - truth, axis=0) / normaliser[1:, None, None]
    if not np.isfinite(error).any():
        return None
    return float(100 * np.sqrt(np.nanmean((error**2).sum(2))))


def shaking(landmarks: np.ndarray, normaliser: np.ndarray) -> float:
    """Root mean square of the acceleration, % of the normaliser (t,) a frame squared, of landmarks (t, n, 2).

    For where there is no truth: faces accelerate little from frame to frame, noise does it all the time.
    """
    acceleration = np.diff(landmarks, n=2, axis=0) / normaliser[1:-1, None, None]
    return float(100 * np.sqrt(np.nanmean((acceleration**2).sum(2))))


def lag(landmarks: np.ndarray, truth: np.ndarray) -> float | None:
    """By how many frames landmarks (t, n, 2) come after the truth (t, n, 2), to a fraction of a frame.

    That is the shift in time at which their velocities differ least; None where the truth does not move, and where
    the face was found in too few frames.
    """
    found, true = np.diff(landmarks, axis=0), np.diff(truth, axis=0)
    if len(true) <= 2 * _FARTHEST or not np.abs(true).max() > 0:
        return None
    shifts = np.arange(-_FARTHEST, _FARTHEST + 1)
    middle = slice(_FARTHEST, len(true) - _FARTHEST)
    shifted = [found[_FARTHEST + s : len(true) - _FARTHEST + s] for s in shifts]
    if not all(np.isfinite(one).any() for one in shifted):
        return None
    differences = [np.nanmean((one - true[middle]) ** 2) for one in shifted]
    best = int(np.clip(np.argmin(differences), 1, len(shifts) - 2))
    before, here, after = differences[best - 1 : best + 2]
    curvature = before - 2 * here + after
    return float(shifts[best] + (0.5 * (before - after) / curvature if curvature > 0 else 0))
