"""Builds the Flask application from a runtime: small steps, each of which configures one thing."""

from typing import TYPE_CHECKING

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

import web.api
from web import access, blueprints, context, errors, i18n, live, security, templating
from web.extensions import bootstrap, csrf, limiter, login_manager

if TYPE_CHECKING:
    from judge.runtime import Runtime
    from judge.settings import Settings


def create_app(runtime: "Runtime") -> APIFlask:
    """Return the portal and the REST API over one runtime.

    Args:
        runtime: settings, database, blobs, dispatcher and events that every request uses.

    Returns:
        The application; `app.extensions["judge"]` is the runtime.
    """
    app = APIFlask(
        "web",
        title="OpenModels Judge",
        version="1.0",
        spec_path="/api/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    app.extensions["judge"] = runtime
    configure_settings(app, runtime.settings)
    configure_proxy(app, runtime.settings)
    i18n.configure(app)
    # Before CSRF: that reads the form, and so must find the cap of this request already set.
    security.configure(app)
    csrf.init_app(app)
    bootstrap.init_app(app)
    access.configure(app, login_manager)
    limiter.init_app(app)
    templating.configure(app)
    errors.configure(app)
    live.configure(app, runtime.settings.web_threads)
    blueprints.register(app)
    web.api.register(app)
    context.configure(app)
    return app


def configure_settings(app: APIFlask, settings: "Settings") -> None:
    """Translate our settings into those of Flask and its extensions."""
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=settings.max_upload_mib * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_NAME="judge_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.is_https,
        WTF_CSRF_TIME_LIMIT=None,  # tied to the session; a page left open overnight still submits
        WTF_CSRF_SSL_STRICT=settings.is_https,
        BOOTSTRAP_SERVE_LOCAL=True,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        RATELIMIT_ENABLED=settings.rate_limits and not settings.is_testing,
        RATELIMIT_STORAGE_URI=limiter_storage(settings.effective_redis_url),
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_DEFAULT="900 per minute",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_KEY_PREFIX="judge-limits",
    )


def configure_proxy(app: APIFlask, settings: "Settings") -> None:
    """Believe forwarded headers from exactly as many proxies as stand in front."""
    if settings.trusted_proxies:
        n_proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n_proxies, x_proto=n_proxies, x_host=n_proxies)  # type: ignore[method-assign]


def limiter_storage(redis_url: str) -> str:
    """Return the storage address of the rate limiter for a Redis address.

    Args:
        redis_url: `redis://…`, `rediss://…` or `unix:///path`.

    Returns:
        The same in the words of the `limits` library.
    """
    return "redis+" + redis_url if redis_url.startswith("unix://") else redis_url
