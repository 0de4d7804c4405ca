"""Runs untrusted things: one contract, two providers, a warm pool."""
