"""Judges submissions: the only part of the domain that starts sandboxes."""
