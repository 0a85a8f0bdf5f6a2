"""Where a head points, read off its 68 landmarks."""

import numpy as np

from flm.shape import mean_shape


def head_pose(landmarks: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll, (count, 3) degrees, of landmarks (count, 68, 2).

    Positive yaw looks to the right of the picture, positive pitch up, positive roll is clockwise.
    A mean head is fitted under scaled orthographic projection: least squares, then the nearest rotation (as in
    Kanatani, "Geometric computation for machine vision"). People differ from the mean head, so expect errors of
    several degrees, more for pitch than for yaw.
    """
    head = mean_shape() - mean_shape().mean(0)  # (68, 3)
    centred = landmarks - landmarks.mean(1, keepdims=True)
    projection = np.linalg.pinv(head) @ centred  # (count, 3, 2): x and y of the picture as mixtures of the head's axes
    u, _, v = np.linalg.svd(projection, full_matrices=False)
    x, y = np.moveaxis(u @ v, -1, 0)  # (count, 3) each: two rows of the rotation
    z = np.cross(x, y)
    yaw = np.arctan2(x[:, 2], z[:, 2])
    pitch = np.arctan2(-y[:, 2], np.hypot(x[:, 2], z[:, 2]))
    roll = np.arctan2(y[:, 0], x[:, 0])
    return np.rad2deg(np.stack([yaw, pitch, roll], axis=1))
