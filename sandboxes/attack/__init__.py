"""Hostile programs run on purpose: the cards they state their aim on, the range they are let loose in.

The programs lie in `tests/conformance/attacks/`; a wheel carries them as `sandboxes/attacks/`.
"""
