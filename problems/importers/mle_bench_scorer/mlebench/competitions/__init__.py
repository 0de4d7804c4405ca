"""Holds the competition."""
