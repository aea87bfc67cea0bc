"""Every text or JSON column of core and of the bundled plugins says whether it holds personal data; sensitive ones hold ciphertext."""
from __future__ import annotations

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from core.db import Base
from core.privacy.tags import personal_columns, plain, untagged_text_columns
from tenants import process
from tenants.loading import load_plugins

pytestmark = pytest.mark.promise(18)
CLEAR_TEXT_IS_FORBIDDEN = {"id_number", "phone", "address", "file"}


def _metadata() -> MetaData:
    assert process  # imports every room
    load_plugins()
    return Base.metadata


def test_no_text_column_is_untagged() -> None:
    assert untagged_text_columns(_metadata()) == []


def test_twin_an_untagged_column_is_found() -> None:
    metadata = MetaData()
    Table("probe", metadata, Column("note", Text), Column("said", JSONB), Column("more", JSONB, info=plain()), Column("days", JSONB, info=plain("hours")))
    assert untagged_text_columns(metadata) == ["probe.more", "probe.note", "probe.said"]


def test_numbers_addresses_and_files_are_stored_as_ciphertext() -> None:
    kinds = {(column.path, type(Base.metadata.tables[column.table].c[column.column].type)) for column in personal_columns(_metadata())
             if column.tag.kind in CLEAR_TEXT_IS_FORBIDDEN}
    assert {kind for _path, kind in kinds} == {LargeBinary}
    assert {path for path, _kind in kinds} == {
        "member.id_number", "member.id_number_index", "member.phone", "member.phone_index", "member.address", "organization.contact_phone",
        "stored_file.content", "stored_file_part.content", "menu_request.address", "menu_request.phone", "menu_request.phone_print",
        "awards_objection.contact", "needs_need.address", "needs_need.phone",
        "pledges_objection.contact", "wishes_wish.address", "wishes_wish.phone", "wishes_wish.phone_mark"}
