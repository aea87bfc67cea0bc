"""The words for whom a service is, in one place for pages, registers and plugins."""
from __future__ import annotations

from core.i18n import _l

RECIPIENTS = {"person": _l("个人"), "household": _l("家庭"), "public": _l("公共区域")}
#: The six groups that come first (R75).
GROUPS = {"needy": _l("生活困难党员群众"), "elderly": _l("空巢老人"), "disabled": _l("残障人士"), "children": _l("留守儿童"),
          "laid_off": _l("下岗工人"), "migrant": _l("外来务工人员及随迁子女")}
