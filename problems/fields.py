"""The types that fields of `problem.yaml` are made of."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, Strict

T = TypeVar("T")
# Lists come from YAML as lists; only the container is lax, the items stay strict.
Many = Annotated[tuple[T, ...], Strict(strict=False)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])$")]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,48}[a-z0-9])?$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Range = Annotated[tuple[FiniteFloat, FiniteFloat], Strict(strict=False)]
# A plain file name: nothing that could climb out of the package.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
# Below a folder of the package, `/` between parts, no part that begins with a dot.
_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
FilePath = Annotated[str, Field(max_length=240, pattern=rf"^{_PART}(?:/{_PART})*$")]
# Of test cases' names: letters, digits, `-_/`, and `*` and `?` as in a shell.
CasePattern = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_./*?-]+$")]
Word = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Command = Annotated[Many[Word], Field(min_length=1, max_length=100)]
Positive = Annotated[FiniteFloat, Field(gt=0)]


class Misfit(ValueError):
    """Parts of the manifest do not go together.

    Args:
        message: what is wrong.
        at: path of keys to the part to look at, from the section that complains.
    """

    def __init__(self, message: str, *at: str | int) -> None:
        super().__init__(message)
        self.at = at


class Section(BaseModel):
    """A mapping of `problem.yaml`; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Localised(Section):
    """One text in the two languages every page has."""

    en: Line
    zh: Line
