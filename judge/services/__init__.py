"""Verbs of the domain. Each takes an open session and never commits; none knows Flask."""
