"""Tags: untagged text columns are found, personal ones are listed."""
from __future__ import annotations

from sqlalchemy import ARRAY, Column, Integer, LargeBinary, MetaData, String, Table, Text

from core.privacy.tags import PersonalColumn, PersonalTag, personal, personal_columns, plain, untagged_text_columns


def _schema() -> MetaData:
    metadata = MetaData()
    Table("visit", metadata, Column("id", Integer), Column("note", Text), Column("code", String(8), info=plain()),
          Column("words", ARRAY(Text)), Column("phone", LargeBinary, info=personal("phone", sensitive=True, retention="year")))
    Table("guest", metadata, Column("name", Text, info=personal("name", masked=False)))
    return metadata


def test_untagged_text_columns_are_found() -> None:
    assert untagged_text_columns(_schema()) == ["visit.note", "visit.words"]


def test_personal_columns_are_listed_with_their_tags() -> None:
    columns = personal_columns(_schema())
    assert columns == [PersonalColumn("guest", "name", PersonalTag("name", masked=False)),
                       PersonalColumn("visit", "phone", PersonalTag("phone", sensitive=True, retention="year"))]
    assert [column.path for column in columns] == ["guest.name", "visit.phone"]
