"""Register, sign in and out, settings, API tokens."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_user, logout_user

from judge.clock import utc_now
from judge.errors import JudgeError, NotFound
from judge.services import accounts
from web.access import own_account, public, signed_in, wrap
from web.blueprints.accounts.forms import LanguageForm, PasswordForm, RegisterForm, SignInForm, TokenForm
from web.blueprints.accounts.presenters import present_token
from web.context import runtime, settings, viewer
from web.extensions import limiter
from web.forms import EmptyForm, safe_next, show_error
from web.i18n import language

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/register", methods=["GET", "POST"])
@public
@limiter.limit("20 per hour", methods=["POST"])
def register() -> ResponseReturnValue:
    """Make an account and sign in."""
    if settings().registration != "open":
        raise NotFound("Registration is closed on this site. Ask an organizer for an account.")
    form = RegisterForm()
    if form.validate_on_submit():
        try:
            with runtime().database.transaction() as session:
                account = accounts.register(
                    session,
                    username=form.username.data,
                    password=form.password.data,
                    email=form.email.data or None,
                    language=language(),
                )
                return enter(wrap(account), gettext("Welcome! Choose a problem and submit your first model."))
        except JudgeError as error:
            show_error(form, error)
    return render_template("accounts/register.html", form=form), 422 if form.errors else 200


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("30 per minute", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in with name and password."""
    if viewer() is not None:
        return redirect(safe_next(request.args.get("next")))
    form = SignInForm()
    if form.validate_on_submit():
        try:
            with runtime().database.transaction() as session:
                account = accounts.authenticate(
                    session, username=form.username.data, password=form.password.data
                )
                return enter(wrap(account), "", remember=form.remember.data)
        except JudgeError as error:
            show_error(form, error)
            return render_template("accounts/sign_in.html", form=form), 401
    return render_template("accounts/sign_in.html", form=form), 422 if form.errors else 200


def enter(user: object, greeting: str, *, remember: bool = False) -> ResponseReturnValue:
    """Start a fresh session, so that one planted before signing in is worth nothing."""
    cookie.clear()
    login_user(user, remember=remember)
    if greeting:
        flash(greeting, "success")
    return redirect(safe_next(request.args.get("next")), 303)


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    cookie.clear()
    return redirect(url_for("home.index"), 303)


@blueprint.get("/settings")
@signed_in
def own_settings() -> ResponseReturnValue:
    """Show language, password and tokens."""
    return settings_page()


@blueprint.post("/settings/language")
@signed_in
def change_language() -> ResponseReturnValue:
    """Set the language of pages and messages."""
    form = LanguageForm()
    if form.validate_on_submit():
        with runtime().database.transaction() as session:
            accounts.set_language(session, own_account(session), form.language.data)
        return redirect(url_for("accounts.own_settings"), 303)
    return settings_page(language_form=form), 422


@blueprint.post("/settings/password")
@signed_in
@limiter.limit("10 per minute")
def change_password() -> ResponseReturnValue:
    """Change the password; other devices are signed out."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            with runtime().database.transaction() as session:
                account = own_account(session)
                accounts.change_password(session, account, old=form.old.data, new=form.new.data)
                user = wrap(account)
        except JudgeError as error:
            show_error(form, error)
        else:
            login_user(user)
            flash(gettext("Your password is changed. Other devices were signed out."), "success")
            return redirect(url_for("accounts.own_settings"), 303)
    return settings_page(password_form=form), 422


@blueprint.post("/settings/tokens")
@signed_in
@limiter.limit("30 per hour")
def create_token() -> ResponseReturnValue:
    """Make a token and show its text on this answer, the only time it is known."""
    form = TokenForm()
    if not form.validate_on_submit():
        return settings_page(token_form=form), 422
    try:
        with runtime().database.transaction() as session:
            made = accounts.create_token(
                session, own_account(session), name=form.name.data, days=form.days.data
            )
    except JudgeError as error:
        show_error(form, error)
        return settings_page(token_form=form), 422
    return settings_page(new_token=made.text), 201


@blueprint.post("/settings/tokens/<int:token_id>/revoke")
@signed_in
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Make a token worthless."""
    with runtime().database.transaction() as session:
        accounts.revoke_token(session, own_account(session), token_id)
    flash(gettext("The token no longer works."), "success")
    return redirect(url_for("accounts.own_settings") + "#tokens", 303)


def settings_page(
    *,
    language_form: LanguageForm | None = None,
    password_form: PasswordForm | None = None,
    token_form: TokenForm | None = None,
    new_token: str = "",
) -> str:
    """Render the settings, with the forms as they were sent or fresh ones."""
    now = utc_now()
    with runtime().database.read() as session:
        tokens = [
            present_token(token, now=now) for token in accounts.list_tokens(session, own_account(session))
        ]
    return render_template(
        "accounts/settings.html",
        language_form=language_form or LanguageForm(None, language=language()),
        password_form=password_form or PasswordForm(None),
        token_form=token_form or TokenForm(None, days=settings().token_days),
        revoke_form=EmptyForm(None),
        tokens=tokens,
        new_token=new_token,
        public_url=settings().public_url,
    )
