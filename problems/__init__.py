"""Problem packages: the format, how one is read, proven, built and packed, and the catalogue.

Imports nothing else of ours, so that a package can be checked on a machine with no server.
"""
