"""Faces in videos: frames in, faces followed and smoothed, landmarks and measures out."""
