"""Carries envelopes to partners in other installations by https, as a job of the sender's, and reads their signed answers."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import ValidationError, fields, validate

from core import outgoing
from core.errors import Invalid, Unavailable
from core.exchange import canonical, envelopes, inbox, keys, outbox, turns
from core.exchange.bodies import Strict
from core.exchange.outbox import Mail, Outcome
from core.i18n import _, _l
from core.jobs import JobContext, handler, periodic
from core.tenancy import current_tenant

FORMAT, LIMIT = "baodao-answer/1", 8 * 1024
BUSY = 429  # the receiver takes so many an hour; to be told so is no failure
A_RUN = 100  # letters, so that no tenant keeps a worker
SLOWEST = 64 * 1024  # bytes a second, for a letter of many members over a thin line


class AnswerSchema(Strict):
    """The receiver's signed answer to one envelope."""

    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    envelope = fields.String(required=True)
    sender = fields.String(required=True)
    key = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("taken", "refused")))
    reason = fields.String(required=True, validate=validate.Length(0, 300))
    signature = fields.String(required=True)


def answer(text: str) -> bytes:
    """Take an envelope that came by https and answer it under this tenant's signature. Raises Invalid when it is none."""
    found = envelopes.read(text)
    outcome = inbox.take(text)
    outside = {"format": FORMAT, "envelope": str(found.id), "sender": current_tenant().code, "key": keys.ensure(), "state": outcome.state,
               "reason": outcome.reason[:300]}
    return canonical.canonical({**outside, "signature": canonical.encode(keys.sign(_message(outside))[1])})


def read_answer(content: bytes, mail: Mail) -> Outcome:
    """The outcome in an answer, when it is the partner's and for this envelope. Raises Invalid."""
    raw = canonical.parse(content)
    try:
        found = AnswerSchema().load(raw)
    except ValidationError as error:
        raise canonical.unreadable() from error
    known = mail.keys.get(found["key"])
    message = _message({name: value for name, value in raw.items() if name != "signature"})
    if known is None or known["until"]:
        raise Invalid(_("对方的答复是用未登记或已停用的密钥签的，没有采信。请告诉市（州）管理员，由他向对方要新的伙伴文件。"))
    good = keys.verifies(canonical.decode(known["public"]), canonical.decode(found["signature"]), message)
    if not good or found["envelope"] != str(mail.id) or found["sender"] != mail.partner:
        raise Invalid(_("对方的答复签名不对，没有采信。"))
    return Outcome(found["state"], found["reason"])


def carry(mail: Mail) -> Outcome:
    """Send one envelope; whatever is no signed answer means later."""
    try:
        said = outgoing.fetch(mail.url, method="POST", body=mail.text.encode(), headers={"Content-Type": "application/json"}, limit=LIMIT,
                              seconds=outgoing.SECONDS + len(mail.text) / SLOWEST)
        if said.status == BUSY:
            return Outcome("busy", _("对方系统一时忙不过来，系统将自动重试。"))
        if said.status != 200:
            return Outcome("later", _("对方系统回答 %(status)s，系统将自动重试。", status=said.status))
        return read_answer(said.body, mail)
    except (Invalid, Unavailable) as error:
        return Outcome("later", error.message)


@handler(outbox.SEND, label=_l("发送跨地互通函件"), resumable=True)
def run(job: JobContext) -> dict[str, Any]:
    """What waits for addresses elsewhere, so many letters a run; each outcome is committed before the next call, and no call is made within
    a transaction. A partner that could not be asked is left alone for the rest of the run.
    """
    if not turns.take(job):
        turns.come_back()
        return {"done": 0}
    done = 0
    while done < A_RUN and (waiting := outbox.due(local=False, most=A_RUN - done)):
        down: set[str] = set()
        for mail in waiting:
            if mail.partner in down:
                continue
            job.checkpoint({"done": done}, done)
            outcome = carry(mail)
            outbox.settle(mail.id, outcome)
            if outcome.state not in {"taken", "refused"}:
                down.add(mail.partner)
                outbox.put_off(mail.id, failed=outcome.state == "later")
            done += 1
    outbox.call_later()
    return {"done": done}


periodic(outbox.SEND, every=dt.timedelta(minutes=15))


def _message(outside: dict[str, Any]) -> bytes:
    return FORMAT.encode() + b"\0" + canonical.canonical(outside)
