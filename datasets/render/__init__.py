"""Photographs that we render ourselves: every defect, mask and variance level is known exactly.

`command` is the verb, `piece` and `scene` turn a seed into labelled photos; the rest is one subject a file.
Mitsuba is loaded only by `scene`, and only when it renders.
"""
