"""Facial landmarks from synthetic faces: the package behind the notebooks."""
