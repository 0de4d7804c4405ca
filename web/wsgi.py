"""What gunicorn imports: `web.wsgi:app`. Importing it reads the settings and builds the runtime, once."""

from apiflask import APIFlask

from judge import runtime, settings
from web.app import create_app


def make() -> APIFlask:
    """Read the settings once and return the application over them."""
    return create_app(runtime.build(settings.load()))


app = make()
