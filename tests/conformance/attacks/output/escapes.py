"""Terminal escapes and reversed text in its output.

Tries: to repaint the terminal or the page of whoever reads its log.
Covers: terminal-escapes bidi-text
Road: step
Must: RTE
Shows: visible-text
"""

import os

os.write(1, b"visible-text \x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x07 \x9b31m \r overwritten")
os.write(2, "\u202egnitfeh\u202c \u2066isolate\u2069 \u200f\x00\x08\x08".encode())
os._exit(3)
