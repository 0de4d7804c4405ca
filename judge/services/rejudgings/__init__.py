"""Rejudgings: who is selected, what became of it, and which results stand in the end."""
