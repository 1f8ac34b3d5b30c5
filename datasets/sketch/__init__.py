"""Sketched photographs: pieces of any shape as a relief under one light, a second each.

`ubora data sketch` fills in what nobody modelled for `ubora data render`: bead nets, wound wire, openwork,
cut glass.
"""
