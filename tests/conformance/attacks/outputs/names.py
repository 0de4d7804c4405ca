"""Files with hostile names beside the output.

Tries: to upset whoever lists, logs or removes files by newlines, escapes, options, broken text, great length.
Covers: file-names bidi-text terminal-escapes
Road: step
Outputs: out=100
Must: AC
"""

from probe import Probe

probe = Probe()
names = [
    b"a\nb", b"-rf", b"--help", b"\x1b[2J", b"\xff\xfe\x80", "\u202egpj.exe".encode(), b"$(id)", b"`id`", b"; rm -rf ",
    b"\\..\\..\\x", b"...", b" ", b"*", b"~", b"\x01\x02", b"x" * 255, "名字".encode(), b"out\x7f", b"con.txt:stream",
]  # fmt: skip
for name in names:
    with open(b"/job/out/" + name, "wb") as file:
        file.write(b"hostile")
probe.works("the output", lambda: open("/job/out/out", "w").write("x"))
probe.refused("a name with a slash", lambda: open(b"/job/out/../planted", "wb"))
probe.refused("too long a name", lambda: open(b"/job/out/" + b"x" * 256, "wb"))
probe.end()
