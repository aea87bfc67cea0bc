"""The plain rule of the settings, written as the document of a pack: what every tenant has until it publishes a pack of its own."""
from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from plugins.points.schema import PointsPackSchema


def plain_document(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """So many points an hour, at most so many hours a service; nothing for a dissatisfied recipient unless the settings say so."""
    return _document(values["points_per_hour"], values["hours_cap"], values["dissatisfied_earns"])


@lru_cache(64)
def _document(rate: int, cap: int, dissatisfied: bool) -> Mapping[str, Any]:
    service = {"key": "service", "title": "社区服务", "points": rate, "hours_cap": cap, "alternative": "service"}
    refused = {"key": "refused", "title": "评价未达到要求，不积分", "points": 0, "per": "time", "alternative": "service",
               "where": {"evaluation": ["dissatisfied"]}}
    schema = PointsPackSchema()
    document: Mapping[str, Any] = schema.dump(schema.load({"title": "简单规则", "rules": [service] if dissatisfied else [refused, service]}))
    return document
