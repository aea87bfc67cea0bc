"""Masking and the log filter: enough to recognise, never the whole value."""
from __future__ import annotations

import io
import logging
import uuid

import pytest
import structlog
from hypothesis import given, settings, strategies as st

from core.privacy.logfilter import ScrubFilter, scrub, scrub_event
from core.privacy.masking import mask_address, mask_id_number, mask_name, mask_phone

ID_NUMBER, PHONE = "42282219920714059X", "13812345678"


def test_numbers_keep_three_and_four() -> None:
    assert (mask_id_number(ID_NUMBER), mask_phone(PHONE)) == ("422***********059X", "138****5678")
    assert [mask_phone(value) for value in (None, "", "12345", "12345678")] == ["", "", "*****", "********"]


@pytest.mark.parametrize(("address", "masked"), [
    ("武汉市青山区红卫路街道沿江大道268号教师公寓3栋4单元603室", "武汉市青山区红卫路街道***"),
    ("恩施州来凤县翔凤镇金桥大道569号", "恩施州来凤县翔凤镇***"),
    ("恩施州来凤县大河镇楠木坪村12组10号", "恩施州来凤县大河镇楠木坪村***"),
    ("湖北省武汉市江岸区百步亭社区8栋", "湖北省武汉市江岸区百步亭社区***"),
    ("武汉市青山区民主路万科新村3栋", "武汉市青山区***"),
    ("东方小区8栋", "***"), ("中山路1号", "***"), ("8栋603室", "***"), ("", ""), (None, ""),
])
def test_addresses_end_at_street_or_community(address: str | None, masked: str) -> None:
    assert mask_address(address) == masked


def test_names_in_the_tenants_style() -> None:
    assert [mask_name("王小明"), mask_name("王芳"), mask_name("欧阳娜娜", surname="欧阳"), mask_name("买买提·吐尔逊"), mask_name("王")] == [
        "王**", "王*", "欧阳**", "买买提·***", "王*"]
    assert [mask_name("王小明", style="title", sex=sex) for sex in ("male", "female", None)] == ["王先生", "王女士", "王同志"]
    assert (mask_name("王小明", style="full"), mask_name(None)) == ("王小明", "")


@pytest.mark.parametrize(("text", "clean"), [
    (f"id={ID_NUMBER},", "id=[id number],"), ("证件４２２８２２１９９２０７１４０５９ｘ号", "证件[id number]号"), ("422822 19920714 059x", "[id number]"),
    (f"电话{PHONE}。", "电话[phone]。"), ("tel:+86 138-1234-5678", "tel:+[phone]"), ("138 1234 5678", "[phone]"),
    ("job 1732478644123 in 42 ms", "job 1732478644123 in 42 ms"),
    ("018f3a5c-1381-7234-8567-138123456780", "018f3a5c-1381-7234-8567-138123456780"),
    ("a13812345678bcdef0123456789abcdef", "a13812345678bcdef0123456789abcdef"),
    ("12420100997573010Y", "12420100997573010Y"),
])
def test_scrub(text: str, clean: str) -> None:
    assert scrub(text) == clean


@settings(deadline=None)
@given(st.uuids())
def test_row_ids_stay_whole(row_id: uuid.UUID) -> None:
    assert scrub(f"member {row_id} saved") == f"member {row_id} saved"


def test_structured_events_are_scrubbed_to_the_leaves_and_tracebacks_too() -> None:
    row_id = uuid.uuid4()
    try:
        raise ValueError(f"bad {ID_NUMBER}")
    except ValueError as error:
        event = scrub_event(None, "error", {
            "event": f"call {PHONE}", "id": row_id, "rows": [{"phone": int(PHONE), "n": 3}, (None, 1.5)], "error": error, "exc_info": True,
            "_record": PHONE})
    traceback = event.pop("exception")
    assert (ID_NUMBER in traceback, "bad [id number]" in traceback) == (False, True)
    assert event == {"event": "call [phone]", "id": row_id, "rows": [{"phone": "[phone]", "n": 3}, [None, 1.5]],
                     "error": "ValueError('bad [id number]')", "_record": PHONE}


def test_structlog_renders_nothing_personal() -> None:
    out = io.StringIO()
    logger = structlog.wrap_logger(structlog.PrintLogger(out), processors=[scrub_event, structlog.processors.JSONRenderer()],
                                   wrapper_class=structlog.BoundLogger)  # not the level that another test configured
    logger.info("saved", phone=PHONE)
    assert out.getvalue() == '{"phone": "[phone]", "event": "saved"}\n'


def test_the_standard_logging_is_scrubbed() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(ScrubFilter())
    logger = logging.getLogger("test.privacy")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        raise ValueError(PHONE)
    except ValueError:
        logger.exception("row %s failed", ID_NUMBER, stack_info=True)
        logger.info("no more")
        logger.warning("%s again", PHONE)
    finally:
        logger.removeHandler(handler)
    text = out.getvalue()
    assert (PHONE in text, ID_NUMBER in text, text.startswith("row [id number] failed\n"), "ValueError: [phone]" in text, text.endswith("[phone] again\n")) == (
        False, False, True, True, True)
