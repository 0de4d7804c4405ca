"""Turns problem packages of other platforms into ours, and says line by line what became of everything.

`detect` tells the format, `load` reads and writes; each module of a platform has one function `convert`.
What a package relies on that is not safe here (labels beside participants' code, the network) is refused, or
mapped to something that is; the report says so.
"""
