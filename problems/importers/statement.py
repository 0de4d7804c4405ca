"""Turns foreign statements into the Markdown that our pages show.

LaTeX is read by pandoc in its sandbox (it opens no file and runs nothing); the macros of ICPC packages are
written in plain LaTeX first. Without pandoc the source is shown as it is.
"""

import re
from importlib import util
from typing import NamedTuple

from problems.importers.report import Fate, Report

_MACROS: tuple[tuple[str, str], ...] = (
    (r"\\problemname\{([^{}]*)\}", r"\\section*{\1}"),
    (r"\\illustration\{[^{}]*\}\{([^{}]*)\}\{([^{}]*)\}", r"\\includegraphics{\1}\n\n\2\n"),
    (r"\\(?:nextsample|remainingsamples)\b(?:\{\})?", ""),
    (r"\\(?:sampleinteraction|printsamples)\b[^\n]*", ""),
)
# Markdown that our renderer knows: dollars for maths, pipes for tables, no raw HTML.
_TO = "markdown_strict+tex_math_dollars+pipe_tables+backtick_code_blocks-raw_html"
_PANDOC = ["--sandbox", "--wrap=none", "--shift-heading-level-by=0"]
_IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)[^)]*\)(?:\{[^}]*\})?")


class Sample(NamedTuple):
    """A test case that contestants see."""

    name: str
    given: str
    answer: str


def from_latex(source: str, file: str, report: Report) -> str:
    """Return a LaTeX statement as Markdown.

    Args:
        source: text of the file.
        file: its path, for the report.
        report: told how well it went.
    """
    for pattern, plain in _MACROS:
        source = re.sub(pattern, plain, source)
    if util.find_spec("pypandoc") is None:
        report.add(
            Fate.ADAPTED, file, "LaTeX", "shown as it is: install pypandoc_binary to have it converted"
        )
        return f"```latex\n{source.replace('```', '')}\n```\n"
    import pypandoc

    try:
        markdown: str = pypandoc.convert_text(source, _TO, format="latex", extra_args=_PANDOC)
    except (RuntimeError, OSError) as error:
        report.add(Fate.ADAPTED, file, "LaTeX", f"shown as it is; pandoc says: {str(error)[:200]}")
        return f"```latex\n{source.replace('```', '')}\n```\n"
    report.add(Fate.ADAPTED, file, "LaTeX", "converted to Markdown; look at it before you publish")
    return markdown


def with_plain_images(markdown: str) -> str:
    """Return Markdown whose pictures have no attributes, which our renderer would show as text."""
    return _IMAGE.sub(lambda found: f"![]({found.group(1)})", markdown)


def with_samples(markdown: str, samples: list[Sample]) -> str:
    """Return a statement with its sample cases at the end."""
    parts = [markdown.rstrip()]
    for number, sample in enumerate(samples, start=1):
        parts.append(
            f"## Sample {number}\n\nInput\n\n{_fenced(sample.given)}\n\nOutput\n\n{_fenced(sample.answer)}"
        )
    return "\n\n".join(parts) + "\n"


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}"


def from_html(source: str, file: str, report: Report) -> str:
    """Return an HTML page as Markdown; without pandoc its text alone."""
    if util.find_spec("pypandoc") is None:
        report.add(Fate.ADAPTED, file, "HTML", "its text alone: install pypandoc_binary to have it converted")
        return " ".join(re.sub(r"<[^>]*>", " ", source).split())
    import pypandoc

    try:
        markdown: str = pypandoc.convert_text(source, _TO, format="html", extra_args=_PANDOC)
    except (RuntimeError, OSError) as error:
        report.add(Fate.LEFT_OUT, file, "HTML", f"pandoc says: {str(error)[:200]}")
        return ""
    report.add(Fate.ADAPTED, file, "HTML", "converted to Markdown; look at it before you publish")
    return markdown
