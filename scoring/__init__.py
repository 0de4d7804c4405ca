"""From outputs and reference to metrics, cases and ranks.

The judge imports `scoring.contract`, `scoring.messages` and `scoring.leaderboard` only; everything
else runs in the trusted sandbox as `python -m scoring`.
"""
