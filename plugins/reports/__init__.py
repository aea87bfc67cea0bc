"""Local reporting formats 报表: the papers of a place, made of documented data by layouts that plugins ship or an administrator uploads.

Off unless switched on: a place that is content with the lists' own exports needs no forms.
"""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Navigation, Permission, Plugin, _l
from plugins.reports import hooks, making
from plugins.reports.models import ReportFormat, ReportLayout
from plugins.reports.pages import routes

_HERE = Path(__file__).parent

plugin = Plugin(
    name="reports",
    title=_l("报表格式"),
    description=_l("按本地的表样生成报到一览表、登记表、党员台账、服务纪实卡、年度统计表；管理员可以上传自己的 Excel、Word 表样。"),
    version="1.0.0",
    hooks=hooks,
    permissions=(
        Permission("reports.make", _l("生成报表"), ("city_administrator", "county_officer", "street_officer", "community_officer", "unit_liaison")),
        Permission("reports.manage", _l("上传和启用报表格式"), ("city_administrator",)),
    ),
    routes=routes,
    approvals=(making.APPROVAL,),
    jobs=(JobKind(making.MAKE, _l("生成报表"), making.run),),
    navigation=(Navigation(_l("报表"), "reports.index", "reports.make", icon="file-spreadsheet", group="figures"),),
    report_formats=_HERE / "formats",
    models=(ReportFormat, ReportLayout),
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={"reports.format_created": _l("新建报表格式"), "reports.version_added": _l("上传报表格式的新版本"),
                  "reports.version_used": _l("启用报表格式的版本"), "reports.format_removed": _l("删除报表格式"),
                  "reports.made": _l("生成报表"), "reports.layout_taken": _l("下载报表表样"), "reports_format": _l("报表格式")},
)
