"""Options of an upload: from the query, and from the fields of a form, which win."""

from pydantic import ValidationError

from judge.errors import InvalidInput
from web.api.problems_json import validation_fields
from web.api.queries import SubmitQuery


def merged_options(query: SubmitQuery, fields: dict[str, str]) -> SubmitQuery:
    """Return the options with those of the form, checked in the same way.

    Raises:
        InvalidInput: a field's value cannot be accepted; says which.
    """
    if not fields:
        return query
    try:
        return SubmitQuery.model_validate(
            {**query.model_dump(), **{key: value or None for key, value in fields.items()}}
        )
    except ValidationError as error:
        texts = {item["field"]: item["message"] for item in validation_fields(error)}
        raise InvalidInput(fields=texts) from error
