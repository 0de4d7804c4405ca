"""The fixed catalogue of lines a scorer may say to a contestant.

English templates with `{placeholders}`; they are message ids for the portal's translations, so a
change here needs one there. Codes are stable.
"""

CATALOGUE: dict[str, str] = {}
