"""Synthetic faces: a parametric 3-D head that shows Action Units, made from numbers alone.

No photograph, scan or likeness of a person went into it. Lengths are millimetres in the frame of
the head: x to the right of the picture, y down, z towards the viewer; the origin lies between the
eyes, on the axis through the ears.
"""
