"""The generator of faces: a head model posed, dressed, lit and rendered, with landmarks that its mesh knows.

To read in this order: generator (a picture, whole), face (who stands there), surface and landmarks (the mesh and its
points), render (from meshes to pixels), dataset (many pictures, in shards).
"""
