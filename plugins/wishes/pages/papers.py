"""Papers for residents without a phone: the receipt with its code, the slip to sign, the answer."""
from __future__ import annotations

import uuid

from flask import current_app, render_template, url_for

from core.api import NotFound, _, audit, current_tenant, grouped, organization, requires
from core.pages import Route, asked
from plugins.wishes import entering, holding, queries
from plugins.wishes.models import WishesWish
from plugins.wishes.pages.doing import may, reached, shown


def receipt(wish_id: uuid.UUID) -> str:
    """The receipt with a fresh code, which is shown this once; an earlier slip's code is void."""
    row = queries.wish(wish_id)
    code = entering.receipt_code(wish_id)
    audit("wishes.code_issued", holding.TABLE, wish_id)
    place = organization(row.community_id)
    slug = current_tenant().slug
    base = current_app.config["BAODAO"].base_url.rstrip("/")
    return render_template("wishes/receipt.html", row=row, code=grouped(code), community=place.name, name=holding.words(row, "name"),
                           address=f"{base}{url_for('wishes_public.done', slug=slug)}".partition("://")[2], **shown())


@requires("wishes.enter")
def new_receipt(wish_id: uuid.UUID) -> str:
    """Another receipt, for whoever has lost the first."""
    row = reached(wish_id, "wishes.enter")
    if row.erased or (row.state == "withdrawn"):
        raise NotFound
    return asked(_("重新打印后，原来回执上的码就不能用了。"), _("打印新的回执"), url_for("wishes.show", matter_id=wish_id)) or receipt(wish_id)


@requires("wishes.enter")
def slip(wish_id: uuid.UUID) -> str:
    """The slip that the resident signs when the wish has come true."""
    row = reached(wish_id, "wishes.enter")
    if row.state not in {"claimed", "done"}:
        raise NotFound
    return render_template("wishes/slip.html", row=row, community=organization(row.community_id).name, **shown())


@requires("wishes.manage")
def answer(wish_id: uuid.UUID) -> str:
    """The answer to a wish that was refused, on paper."""
    row: WishesWish = reached(wish_id, "wishes.manage")
    if row.state != "refused" or not may(row, "wishes.manage"):
        raise NotFound
    return render_template("wishes/answer.html", row=row, community=organization(row.community_id).name, name=holding.words(row, "name"),
                           text=holding.words(row, "text"), answer=holding.words(row, "answer"), **shown())


ROUTES: tuple[Route, ...] = (("/<uuid:wish_id>/receipt", "receipt", new_receipt, "POST"), ("/<uuid:wish_id>/slip", "slip", slip, "GET"),
                             ("/<uuid:wish_id>/answer", "answer", answer, "GET"))
