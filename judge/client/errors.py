"""What can go wrong between a script and the judge, so that a script can tell whose turn it is.

ClientError
├── ConfigError         the address or the configuration file is wrong
├── ServerUnavailable   no answer, or 5xx, after all retries: try later
└── ApiError            the server answered with problem+json
    ├── AuthFailed      401: the token is missing, wrong, expired or revoked
    └── Refused         any other 4xx: quota, closed contest, format, unknown name
"""

from collections.abc import Mapping, Sequence


class ClientError(Exception):
    """Base of everything the client raises on purpose."""


class ConfigError(ClientError):
    """The address or the configuration file is wrong; the message says what to do."""


class ServerUnavailable(ClientError):
    """Nobody answered, or the server failed, and retrying did not help."""


class ApiError(ClientError):
    """The server's answer, as RFC 9457 has it.

    Attributes:
        status: HTTP status.
        code: stable kebab-case code to branch on.
        detail: one or two sentences in the language asked for.
        params: values the sentence is about, e.g. `limit`.
        errors: (field, message) of each wrong field.
        request_id: quote it to an administrator.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        params: Mapping[str, object] | None = None,
        errors: Sequence[tuple[str, str]] = (),
        request_id: str = "",
    ) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.params = dict(params or {})
        self.errors = tuple(errors)
        self.request_id = request_id
        super().__init__(f"{detail} [{code}]" if detail else code)


class AuthFailed(ApiError):
    """The token is missing, wrong, expired or revoked."""


class Refused(ApiError):
    """The server understood and will not do it."""
