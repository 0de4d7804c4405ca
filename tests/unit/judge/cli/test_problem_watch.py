"""What an organizer's terminal shows of a program that runs."""

from judge.cli.problem_prove import _screen


def test_pieces_are_joined_and_nothing_steers_the_terminal(capsys):
    show = _screen()
    for piece in ("训".encode()[:1], "训".encode()[1:] + b" 50%\r100%\r\n", b"\x1b[2J\x9b", b"x" * 20_000):
        show(piece)
    said = capsys.readouterr().err
    assert said.startswith("训 50%\n100%\n")
    assert said.endswith("x" * 20_000)
    assert "\x1b" not in said and "\x9b" not in said
