"""Receipts: what made a result, signed, and the keys to check them with."""

from judge.clock import utc_now
from judge.services import receipts, submissions
from web.api import receipts_json
from web.api.auth import maybe_token, own_account, token
from web.api.blueprint import blueprint
from web.api.described import faults
from web.api.names import public_id_of
from web.context import runtime


@blueprint.get("/submissions/<public_id>/receipt")
@blueprint.output(receipts_json.ReceiptOut)
@blueprint.doc(
    summary="A submission's signed receipt",
    security="token",
    responses=faults(401, 404),
    tags=["Submissions"],
)
@token
def get_receipt(public_id: str) -> receipts_json.ReceiptOut:
    """Return what made the current result. Private scores are opened once they are revealed."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        found = submissions.get_submission(session, public_id_of(public_id), viewer=viewer)
        receipt = receipts.get_receipt(session, found, viewer=viewer, now=utc_now())
    return receipts_json.ReceiptOut(**receipt)


@blueprint.get("/receipt-keys")
@blueprint.output(receipts_json.ReceiptKeysOut)
@blueprint.doc(summary="Public keys of receipts", responses=faults(401), tags=["Submissions"])
@maybe_token
def list_receipt_keys() -> receipts_json.ReceiptKeysOut:
    """Return all Ed25519 keys that receipts of this judge were ever signed with."""
    with runtime().database.read() as session:
        return receipts_json.ReceiptKeysOut(
            items=[
                receipts_json.ReceiptKeyOut(
                    key_id=one.key_id, public_key=one.public_key, first_used_at=one.first_used_at
                )
                for one in receipts.list_keys(session)
            ]
        )
