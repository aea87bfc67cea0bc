"""A certificate on paper, with the whole signed envelope in its code, so that it is verified where there is no network."""
from __future__ import annotations

import uuid

from core import audit
from core.documents.papers import IntroductionPaper, introductions_pdf
from core.errors import NotFound
from core.exchange import canonical, envelopes, outbox, partners
from core.i18n import SOURCE_LOCALE, _, use_locale
from core.tenancy import current_tenant


def letter_pdf(outgoing_id: uuid.UUID) -> bytes:
    """The paper of a certificate that goes out. Raises NotFound for another kind, Conflict when its content was erased."""
    text = outbox.text_of(outgoing_id)
    found = envelopes.read(text)
    if found.kind != "certificate":
        raise NotFound
    body = found.body
    with use_locale(SOURCE_LOCALE):
        tie = _("居住") if body["basis"] == "residence" else _("工作")
        paper = IntroductionPaper(
            number=body["certificate"]["number"], tenant=current_tenant().name, receiver=partners.active(found.receiver).name,
            community=body["community"]["name"], member_name=body["member"]["name"], sex=_("男") if body["member"]["sex"] == "male" else _("女"),
            unit=body["unit"]["name"], tie=tie, issuer=body["certificate"]["issuer"], issued_on=body["certificate"]["issued_on"],
            moves_on=body["moves_on"], qr_text=canonical.pack(text.encode()))
        pdf = introductions_pdf([paper])
    audit.record("exchange.printed", outbox.TABLE, outgoing_id)
    return pdf
