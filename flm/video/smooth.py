"""One-Euro smoothing: slow movements are steadied, fast ones followed.

Source: Casiez et al., "1 € filter: a simple speed-based low-pass filter for noisy input in interactive systems" (2012).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Smoothing:
    """How much to smooth.

    Times are real ones and speeds are in face sizes a second, so that neither the frame rate nor how near a face is
    changes what is seen.

    steadiness: cutoff frequency of a face that stands still, Hz: less is steadier. agility: Hz more for each face size
    a second: more lags less. speed_cutoff: of the filter that measures the speed, Hz.
    """

    steadiness: float = 1.0
    agility: float = 4.0
    speed_cutoff: float = 1.0


class OneEuro:
    """The filter of one face's landmarks: call it with those of each frame in turn."""

    def __init__(self, smoothing: Smoothing):
        self.smoothing = smoothing
        self._time: float | None = None

    def __call__(self, landmarks: np.ndarray, time: float) -> np.ndarray:
        """Landmarks (n, 2) as found at `time`, in seconds, smoothed with what was found before."""
        if self._time is None:
            self._smooth, self._speed = landmarks.astype(float), np.zeros_like(landmarks, float)
        else:
            passed = time - self._time
            size = np.sqrt(np.prod(np.ptp(landmarks, axis=0)))
            speed = (landmarks - self._smooth) / passed / size
            self._speed += _share(self.smoothing.speed_cutoff, passed) * (speed - self._speed)
            fast = np.linalg.norm(self._speed, axis=1, keepdims=True)  # (n, 1) face sizes a second
            cutoff = self.smoothing.steadiness + self.smoothing.agility * fast
            self._smooth = self._smooth + _share(cutoff, passed) * (landmarks - self._smooth)
        self._time = time
        return self._smooth.astype(np.float32)


def _share(cutoff, passed: float):
    """How far a first-order low-pass filter goes towards a new value in the time passed."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * passed))
