"""What the API's types are made of: records that JSON can hold."""

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def finite(value: object) -> object:
    """Return a number that JSON has, or None."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def finite_deep(value: object) -> object:
    """Return a JSON value in which every number is one that JSON has."""
    if isinstance(value, dict):
        return {str(key): finite_deep(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_deep(item) for item in value]
    return finite(value)


Number = Annotated[float | None, BeforeValidator(finite)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(finite_deep)]


class Out(BaseModel):
    """Output."""

    model_config = ConfigDict(frozen=True)
