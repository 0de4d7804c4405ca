"""Prints escapes and reversed text, then fails to be imported.

Tries: to repaint the page of whoever reads why it failed.
Covers: terminal-escapes bidi-text
Road: function
Must: RTE
Shows: visible-text
"""

import sys

sys.stdout.write(
    "visible-text \x1b[2J\x1b]0;owned\x07 \u202egnitfeh\u202c \u2066x\u2069 \x9b31m \r over\x00\x08"
)
sys.stdout.flush()
raise ValueError("\x1b[31m\u202e<script>alert(1)</script>\x07")
