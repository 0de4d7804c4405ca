"""The REST API below `/api/v1`: bearer tokens in, JSON out, every error as problem+json.

Session cookies are not accepted here, so there is nothing for a foreign page to forge and CSRF
protection does not apply.
"""

from apiflask import APIFlask

from web.access import Rule, declare
from web.api import docs
from web.api.blueprint import SECURITY_SCHEMES, blueprint
from web.api.described import complete
from web.api.problems_json import answer
from web.api.resources import (
    account,
    conduct,
    contests,
    images,
    probing,
    problems,
    receipts,
    rejudgings,
    submissions,
)
from web.extensions import csrf

RESOURCES = (account, problems, contests, submissions, receipts, images, rejudgings, probing, conduct)


def register(app: APIFlask) -> None:
    """Add the API, its description and its documentation to the portal's application."""
    app.extensions["judge.api_problem"] = answer
    app.security_schemes = SECURITY_SCHEMES
    app.config.setdefault("AUTO_404_RESPONSE", False)
    app.spec_processor(complete)
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)
    app.register_blueprint(docs.blueprint)
    if "openapi.spec" in app.view_functions:
        declare(app.view_functions["openapi.spec"], Rule.PUBLIC)
