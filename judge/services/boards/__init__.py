"""Keeps the materialised boards in line with the rows of truth: submissions and their current judgements.

Every line of a board belongs to one team and follows from that team's rows alone. So one score costs one
team's work, and a rebuild goes team by team while others go on submitting.
"""
