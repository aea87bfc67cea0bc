"""Report-in certificates 报到证 (D1, R10, R28, R79): issued for a unit in batch, revoked, and found again by number or QR."""
from __future__ import annotations

import secrets
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, select

from core import audit
from core.db import new_id
from core.documents import qr
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.members.models import Member
from core.organizations import tree
from core.organizations.models import Organization
from core.privacy import keyring
from core.registration.models import Certificate
from core.registration.serials import draw
from core.tenancy import session, today
from core.tenancy.scope import current_tenant, tenant_id

NONCE_BYTES = 16
ISSUER_KINDS = ("committee", "county", "sector")
REVOKE_REASONS = {"lost": _l("遗失"), "wrong": _l("内容有误"), "damaged": _l("破损"), "left": _l("党员已调离")}
_DASHES = str.maketrans(dict.fromkeys("—–‐‑−－_", "-"))


@dataclass(frozen=True, slots=True)
class Issued:
    """What a batch did: the new certificates, and how many members had a valid one already."""

    certificates: tuple[uuid.UUID, ...]
    had_one: int


def issuer_for(unit_path: str) -> uuid.UUID:
    """The county or sector that leads the unit and so issues for it (R10); the committee where there is none. Raises NotFound."""
    issuers = [row.id for row in tree.ancestors(unit_path) if row.kind in ISSUER_KINDS]
    if not issuers:
        raise NotFound
    return issuers[-1]


def issue(issuer_id: uuid.UUID, unit_id: uuid.UUID, *, by: uuid.UUID | None, members: Sequence[uuid.UUID] | None = None) -> Issued:
    """Issue certificates for the unit's members who have no valid one (or for `members` of it only).

    The issuer is a county, a sector or the committee; the caller has authorized it. Raises Invalid for another kind.
    """
    issuer = tree.get(issuer_id)
    if issuer.kind not in ISSUER_KINDS:
        raise Invalid(_("报到证由县（市、区）或行业系统制发，请另选制发单位。"), {"issuer": [_("请另选")]})
    _lock_units([unit_id])
    query = select(Member.id, Certificate.id.label("held")).outerjoin(
        Certificate, (Certificate.tenant_id == Member.tenant_id) & (Certificate.member_id == Member.id)
        & (Certificate.status == "valid")).where(Member.tenant_id == tenant_id(), Member.unit_id == unit_id, Member.status == "active")
    if members is not None:
        query = query.where(Member.id.in_(members))
    rows = session().execute(query.order_by(Member.sort_key, Member.id)).all()
    wanting = [row.id for row in rows if row.held is None]
    year = today().year
    made = [Certificate(id=new_id(), issuer_id=issuer_id, member_id=member, unit_id=unit_id, issued_on=today(), issued_by=by,
                        number=f"{issuer.code.upper()}-{year}-{serial:06d}", nonce=secrets.token_bytes(NONCE_BYTES))
            for member, serial in zip(wanting, draw(issuer_id, year, len(wanting)) if wanting else (), strict=True)]
    session().add_all(made)
    session().flush()
    if made:
        audit.record("certificate.issued", "organization", unit_id, {"count": len(made), "first": made[0].number, "last": made[-1].number})
    return Issued(tuple(c.id for c in made), len(rows) - len(wanting))


def issue_for_units(units: Sequence[tree.OrganizationFact], *, by: uuid.UUID | None) -> list[uuid.UUID]:
    """Issue for all members of several units who have none, each by the unit's own issuer; answers the new certificates' ids."""
    _lock_units([unit.id for unit in units])
    return [made for unit in sorted(units, key=lambda u: u.id) for made in issue(issuer_for(unit.path), unit.id, by=by).certificates]


def _lock_units(unit_ids: Sequence[uuid.UUID]) -> None:
    # Two officers who press at once come one after the other; the second finds everybody provided for. All units are locked
    # before the first number is drawn, or the two would wait for each other.
    session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.id.in_(unit_ids))
                      .order_by(Organization.id).with_for_update(key_share=True)).all()


def revoke(certificate_id: uuid.UUID, reason: str) -> None:
    """Make a certificate invalid; `reason` is a key of REVOKE_REASONS. Raises NotFound, Conflict, Invalid."""
    row = session().scalar(select(Certificate).where(Certificate.tenant_id == tenant_id(), Certificate.id == certificate_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.status != "valid":
        raise Conflict(_("这张报到证已经作废。"))
    if reason not in REVOKE_REASONS:
        raise Invalid(_("请选择作废原因。"), {"reason": [_("请选择")]})
    row.status, row.revoked_reason = "revoked", reason
    session().flush()
    audit.record("certificate.revoked", "certificate", certificate_id, {"reason": reason})


def reissue(certificate_id: uuid.UUID, reason: str, *, by: uuid.UUID | None) -> uuid.UUID:
    """Revoke a certificate and issue its member a new one, with a new number, for the present unit; answers its id.

    Raises what `revoke` raises; Conflict when the member has left the register or has no unit.
    """
    revoke(certificate_id, reason)
    member = session().execute(
        select(Member.id, Organization.id.label("unit_id"), Organization.path)
        .join(Certificate, (Certificate.tenant_id == Member.tenant_id) & (Certificate.member_id == Member.id))
        .join(Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
        .where(Member.tenant_id == tenant_id(), Certificate.id == certificate_id, Member.status == "active")).one_or_none()
    if member is None:
        raise Conflict(_("这名党员已不在名册中，不能补发报到证。"))
    made = issue(issuer_for(member.path), member.unit_id, by=by, members=[member.id]).certificates
    if not made:
        raise Conflict(_("这名党员已有另一张有效的报到证，不必补发。"))
    return made[0]


def token(certificate_id: uuid.UUID, nonce: bytes) -> str:
    """The signed text of the certificate's QR code; it holds ids and random bits, nothing about the person."""
    return qr.sign(qr.Payload(current_tenant().code, certificate_id, nonce), _key())


def find(scanned: str) -> Row:
    """The valid certificate behind a scanned QR or a typed number: id, number, status, member_id, unit_id.

    Raises NotFound with a sentence that says what to check; a forged, foreign or revoked one is not told apart by detail.
    """
    row = find_any(scanned)
    require_valid(row)
    return row


def find_any(scanned: str) -> Row:
    """The same, valid or revoked: for whoever asks first whether its member may be seen at all. Raises NotFound."""
    text = scanned.strip()
    condition = _behind(text) if text.startswith(f"{qr.PREFIX}.") else Certificate.number == tidy_number(text)
    row = session().execute(select(Certificate.id, Certificate.number, Certificate.status, Certificate.member_id, Certificate.unit_id)
                            .where(Certificate.tenant_id == tenant_id(), condition)).one_or_none()
    if row is None:
        raise NotFound(unknown())
    return row


def require_valid(row: Row) -> None:
    """Raise NotFound for a revoked certificate."""
    if row.status != "valid":
        raise NotFound(_("这张报到证已经作废，请党员向单位申请补发。"))


def unknown() -> str:
    """The one sentence for a number that does not exist and for one that belongs elsewhere."""
    return _("没有找到可以在本社区办理的这张报到证。请核对编号；如党员刚搬来，请先由单位更新其居住地或工作地。")


def tidy_number(typed: str) -> str:
    """A number as it was typed, on whatever keyboard, in the spelling that is stored."""
    return "".join(unicodedata.normalize("NFKC", typed).upper().split()).translate(_DASHES)


def _behind(scanned: str) -> ColumnElement[bool]:
    try:
        payload = qr.verify(scanned, _key())
    except Invalid:
        payload = None
    if payload is None or payload.tenant != current_tenant().code:
        raise NotFound(_("这个二维码不是本地制发的报到证，或已损坏。请改为输入证上的编号。"))
    return (Certificate.id == payload.certificate) & (Certificate.nonce == payload.nonce)


def _key() -> bytes:
    return keyring.for_tenant(tenant_id()).derived("certificate qr")
