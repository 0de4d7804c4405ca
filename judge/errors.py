"""Everything that can go wrong in the domain, each with a stable code.

    JudgeError                       carries `code`, `status` and parameters for the public message
    ├── NotFound                     404
    ├── PermissionDenied             403
    ├── Unauthenticated              401
    ├── Conflict                     409
    ├── InvalidInput                 422  wrong field values; `fields` says where
    │   └── UploadRejected           422  archive, size or format refused at intake
    ├── QuotaExceeded                429
    ├── PhaseClosed                  403  before start or after the deadline
    ├── PayloadTooLarge              413
    ├── ReceiptRefused               422  not a receipt of this judge, or changed
    ├── LeaseLost                    internal: another worker owns the judgement
    └── ConfigurationError           internal: settings or installation

`public_message` is English with `{placeholders}`; the portal translates the template (gettext) and
fills in `params`. It never holds paths, labels or tracebacks.
"""

from collections.abc import Mapping

from scoring.kinds import worded


class JudgeError(Exception):
    """Base of the domain's errors.

    Args:
        code: stable kebab-case code, part of the public interface.
        public_message: English template with `{name}` placeholders for `params`.
        params: values for the placeholders; also returned by the REST API.
        detail: for administrators' logs only.
        fields: field name → message template, for forms and REST.
    """

    status = 500
    default_code = "internal-error"
    default_message = "Something went wrong on our side. It has been logged."

    def __init__(
        self,
        public_message: str = "",
        *,
        code: str = "",
        params: Mapping[str, object] | None = None,
        detail: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code or self.default_code
        self.public_message = public_message or self.default_message
        self.params = dict(params or {})
        self.detail = detail
        self.fields = dict(fields or {})
        super().__init__(f"{self.code}: {self.formatted()} {detail}".strip())

    def formatted(self) -> str:
        """Return the English message with its parameters filled in."""
        return self.public_message.format(**worded(self.params))


class NotFound(JudgeError):
    """The thing does not exist, or the caller may not know that it does."""

    status = 404
    default_code = "not-found"
    default_message = "There is nothing here by that name."


class PermissionDenied(JudgeError):
    """The caller is known and may not do this."""

    status = 403
    default_code = "permission-denied"
    default_message = "You may not do that."


class Unauthenticated(JudgeError):
    """No valid session or token."""

    status = 401
    default_code = "unauthenticated"
    default_message = "Sign in, or send a valid token."


class Conflict(JudgeError):
    """The present state does not allow it (name taken, already final)."""

    status = 409
    default_code = "conflict"
    default_message = "That is not possible in the present state."


class InvalidInput(JudgeError):
    """Values that cannot be accepted."""

    status = 422
    default_code = "invalid-input"
    default_message = "Some of what you sent is not valid."


class UploadRejected(InvalidInput):
    """The uploaded file is refused before it is judged; quota is not charged."""

    default_code = "upload-rejected"
    default_message = "The file cannot be accepted."


class QuotaExceeded(JudgeError):
    """The team used up its submissions for this window."""

    status = 429
    default_code = "quota-exceeded"
    default_message = (
        "Your team has used all {limit} submissions of this period. The next one is possible at {renews_at}."
    )


class PhaseClosed(JudgeError):
    """Before the start or after the deadline."""

    status = 403
    default_code = "phase-closed"
    default_message = "This contest is not open for submissions now."


class PayloadTooLarge(JudgeError):
    """More bytes than the problem allows."""

    status = 413
    default_code = "payload-too-large"
    default_message = "The file is larger than the {limit_mib} MiB this problem allows."


class ReceiptRefused(JudgeError):
    """A receipt that is none, is not this judge's, or was changed."""

    status = 422
    default_code = "receipt-unreadable"
    default_message = "This is not a receipt."


class LeaseLost(JudgeError):
    """Another worker owns this judgement now; drop the work."""

    default_code = "lease-lost"


class ConfigurationError(JudgeError):
    """Settings or installation are wrong; the message says what to do."""

    default_code = "configuration-error"
