"""Lets a program send the same request twice and have it count once: the first answer is kept for a day under the key that it chose (rule 19).

The key, and what was asked, are kept as keyed hashes, the answer encrypted. Two walls: a lock that lives as long as the transaction
tells who asks while the first is still at work, and a unique key refuses whatever came past the lock.
"""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import DateTime, Index, LargeBinary, SmallInteger, Text, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, new_id, tenant_foreign_key
from core.errors import Conflict, Invalid
from core.i18n import _, _l
from core.jobs import JobContext, handler, periodic
from core.privacy import keyring
from core.privacy.tags import personal, plain
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

KEPT = dt.timedelta(hours=24)
LARGEST = 256 * 1024  # bytes of an answer that is kept
CLEAN = "idempotency.clean"


class AnsweredRequest(TenantRow, Base):
    """One write that was answered. `answer` is the encrypted body; None where it was too large to be kept."""

    __tablename__ = "answered_request"
    __table_args__ = (UniqueConstraint("tenant_id", "account_id", "key_hash"),
                      tenant_foreign_key("account_id", "account", ondelete="CASCADE"),
                      Index("ix_answered_request_age", "tenant_id", "answered_at"))

    account_id: Mapped[uuid.UUID]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    media_type: Mapped[str] = mapped_column(Text, info=plain())
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("answer", sensitive=True, retention="log"))
    answered_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program was told; `content` None is an answer that is not kept."""

    status: int
    media_type: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Once:
    """One account's request under a key; it belongs to the open scope's tenant, since the hashes hang on the tenant's key."""

    account_id: uuid.UUID
    key_hash: bytes
    request_hash: bytes

    def answered(self) -> Answer | None:
        """The answer that this request has had already; None: it is to be done now, and nobody else does it until the scope's end.

        Raises Conflict while the first is at work and when its answer was not kept, Invalid when the key was used for something else.
        """
        if not _lock(int.from_bytes(self.key_hash[:8], signed=True)):
            raise Conflict(_("带有这个 Idempotency-Key 的请求正在处理，请稍后用同样的内容再试。"))
        query = select(AnsweredRequest).where(*self._here())
        row = session().execute(query).scalar_one_or_none()
        if row is not None and row.answered_at <= now() - KEPT:
            session().delete(row)
            session().flush()
            return None
        return None if row is None else self._told(row)

    def keep(self, answer: Answer) -> None:
        """Keep the answer in the transaction of what was done; of one that is too large only that there was one."""
        row_id = new_id()
        content = answer.content if answer.content is not None and len(answer.content) <= LARGEST else None
        sealed = None if content is None else keyring.for_tenant(tenant_id()).encrypt_bytes("answered_request", "answer", row_id, content)
        session().add(AnsweredRequest(id=row_id, account_id=self.account_id, key_hash=self.key_hash, request_hash=self.request_hash,
                                      status=answer.status, media_type=answer.media_type, answer=sealed, answered_at=now()))
        session().flush()

    def _here(self) -> tuple[Any, ...]:
        return (AnsweredRequest.tenant_id == tenant_id(), AnsweredRequest.account_id == self.account_id,
                AnsweredRequest.key_hash == self.key_hash)

    def _told(self, row: AnsweredRequest) -> Answer:
        if row.request_hash != self.request_hash:
            raise Invalid(_("这个 Idempotency-Key 已用于另一个请求。请为新的请求另取一个。"))
        if row.answer is None:
            raise Conflict(_("这个请求已经完成，但答复太大，没有保存。请查询结果，不要重复提交。"))
        content = keyring.for_tenant(tenant_id()).decrypt_bytes("answered_request", "answer", row.id, row.answer)
        return Answer(row.status, row.media_type, content)


def once(account_id: uuid.UUID, key: str, *parts: bytes) -> Once:
    """The request of an account under `key`; `parts` are all that makes it this request: method, address, body."""
    ring = keyring.for_tenant(tenant_id())
    whole = b"".join(len(part).to_bytes(8) + part for part in parts)
    return Once(account_id, ring.fingerprint("idempotency key", account_id.bytes + key.encode()),
                ring.fingerprint("idempotency request", whole))


def _lock(number: int) -> bool:
    return bool(session().scalar(select(func.pg_try_advisory_xact_lock(number))))


@handler(CLEAN, label=_l("清理过期的接口答复"))
def clean(_context: JobContext) -> dict[str, Any]:
    """Forget answers that are older than a day; answers how many."""
    gone = session().execute(delete(AnsweredRequest).where(
        AnsweredRequest.tenant_id == tenant_id(), AnsweredRequest.answered_at <= now() - KEPT).returning(AnsweredRequest.id))
    return {"answers": len(gone.all())}


periodic(CLEAN, at="03:35")
