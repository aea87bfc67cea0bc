"""A small application that shows every macro in every state, without database and without the product's own factory."""
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import marshmallow as ma
from flask import Flask, flash, render_template, request
from flask_wtf.csrf import CSRFProtect
from marshmallow import fields, validate

from core.errors import Invalid
from web import rendering
from web.forms import form_fields, load_form
from web.navigation import NavigationGroup, NavigationItem

CSP = "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'; object-src 'none'"


class SampleSchema(ma.Schema):
    """One field of each kind."""

    name = fields.String(required=True, validate=validate.Length(min=2, max=20), metadata={"title": "姓名", "help": "与身份证一致。"})
    hours = fields.Integer(required=True, validate=validate.Range(min=1, max=24), metadata={"title": "服务时长（小时）"})
    day = fields.Date(required=True, metadata={"title": "服务日期"})
    community = fields.String(
        required=True, validate=validate.OneOf(["a", "b"], ["水果湖街道放鹰台社区", "粮道街道花堤社区"]), metadata={"title": "社区"}
    )
    place = fields.String(
        validate=validate.OneOf(["home", "work"], ["居住地", "工作地"]), metadata={"title": "报到地点", "widget": "radio"}
    )
    skills = fields.List(
        fields.String(validate=validate.OneOf(["law", "health", "repair"], ["法律", "医疗", "维修"])), metadata={"title": "特长"}
    )
    note = fields.String(
        allow_none=True, validate=validate.Length(max=200), metadata={"title": "备注", "widget": "textarea", "help": "不超过 200 字。"}
    )
    public = fields.Boolean(load_default=False, metadata={"title": "在社区公开栏公示"})
    secret = fields.String(load_only=True, metadata={"title": "密码", "widget": "password", "autocomplete": "new-password"})


def _navigation() -> tuple[list[NavigationGroup], list[NavigationItem]]:
    def item(title: str, icon: str, url: str, tab: int = 0) -> NavigationItem:
        return NavigationItem(title, url, icon, url=url, tab=tab, active=request.path == url)

    groups = [
        NavigationGroup("work", "日常工作", items=(
            item("工作台", "home", "/", 1), item("报到证", "certificate", "/certificates", 2),
            item("报到确认", "scan", "/report-ins", 3), item("服务记录", "clipboard-check", "/records", 4))),
        NavigationGroup("people", "党员与单位", items=(
            item("党员名册", "users", "/members"), item("单位", "building", "/units"), item("名册导入", "upload", "/imports"))),
        NavigationGroup("report", "统计与设置", items=(
            item("报到率", "chart-bar", "/coverage"), item("设置", "settings", "/settings"))),
    ]
    tabs = [one for group in groups for one in group.items if one.tab]
    return groups, tabs


def _sample() -> dict[str, object]:
    now = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    names = ["张卫东", "欧阳小兰", "李建国", "王芳", "陈志强"]
    states = [("met", "已报到"), ("due", "将到期"), ("overdue", "已逾期"), ("issued", "已开具"), ("draft", "草稿")]
    rows = [
        {"name": name, "id_number": "420106********1234", "unit": "武汉市水务局", "community": "放鹰台社区",
         "minutes": 90 * (at + 1), "state": states[at], "url": f"/members/{at}"}
        for at, name in enumerate(names)
    ]
    history = [
        {"when": now, "title": "社区确认报到", "who": "放鹰台社区 刘敏", "tone": "good"},
        {"when": now - timedelta(days=3), "title": "开具报到证 第 WH-2026-000123 号", "text": "单位：武汉市水务局", "tone": "info"},
        {"when": date(2026, 11, 1), "title": "居住地变更", "text": "应于一个月内报到"},
    ]
    chart = {"kind": "bar", "unit": "%", "categories": ["江岸区", "江汉区", "硚口区", "汉阳区", "武昌区", "青山区", "洪山区"],
             "series": [{"name": "报到率", "values": [91.2, 88, 76.5, 95, 82.4, 60.1, None]}]}
    return {"rows": rows, "history": history, "chart_data": chart}


def create_app() -> Flask:
    """The gallery; pages `/`, `/form` (GET and POST), `/progress`, `/error/<code>`, `/public`."""
    app = Flask("web", root_path=None, template_folder="templates", static_folder="static")
    app.config.update(SECRET_KEY="gallery", TESTING=True)
    app.jinja_loader = _loader(app)
    CSRFProtect(app)
    rendering.init_app(app)

    @app.context_processor
    def layout() -> dict[str, object]:
        groups, tabs = _navigation()
        return {
            "navigation": groups, "phone_tabs": tabs, "tenant": SimpleNamespace(name="武汉市"),
            "account": SimpleNamespace(display_name="刘敏", role_title="社区工作人员"),
            "complaints_url": "/complaints", "icp_number": "鄂ICP备00000000号", "sign_out_url": "/sign-out",
        }

    @app.after_request
    def policy(response):
        response.headers["Content-Security-Policy"] = CSP
        return response

    @app.get("/")
    def index() -> str:
        flash("报到证已开具，共 12 份。", "success")
        flash("还有 3 名党员将在 7 天内到期。", "warning")
        return render_template("gallery.html", **_sample())

    @app.route("/form", methods=["GET", "POST"])
    def form():
        schema, errors, message = SampleSchema(), {}, None
        if request.method == "POST":
            try:
                return {"data": {key: str(value) for key, value in load_form(schema, request.form).items()}}
            except Invalid as invalid:
                errors, message = invalid.fields, invalid.message
        values = request.form if request.method == "POST" else {"hours": 2, "day": date(2026, 11, 24), "skills": ["law"]}
        page = render_template("gallery_form.html", fields=form_fields(schema, values, errors), message=message)
        return page, 422 if errors else 200

    @app.get("/progress")
    def progress() -> str:
        return render_template("gallery_progress.html")

    @app.get("/error/<int:code>")
    def error(code: int):
        return render_template(f"errors/{code}.html", request_id="01JD8-EXAMPLE"), code

    @app.get("/public")
    def public() -> str:
        return render_template("gallery_public.html", navigation=[], phone_tabs=[], account=None)

    return app


def _loader(app: Flask):
    from pathlib import Path

    from jinja2 import ChoiceLoader, FileSystemLoader

    return ChoiceLoader([FileSystemLoader(Path(__file__).parent / "templates"), FileSystemLoader(Path(app.root_path) / "templates")])
