"""Runner images: what is installed where submissions run."""

from web.blueprints.images.routes import blueprint

__all__ = ["blueprint"]
