"""Makes core's datasets known; imported with the room's door, so they are there wherever somebody asks for one."""
from __future__ import annotations

from core.datasets.claims import CLAIMS
from core.datasets.figures import FIGURES
from core.datasets.members import MEMBERS
from core.datasets.records import RECORDS
from core.datasets.report_ins import REPORT_INS
from core.extension.datasets import define_datasets

define_datasets((MEMBERS, REPORT_INS, RECORDS, CLAIMS, *FIGURES))
