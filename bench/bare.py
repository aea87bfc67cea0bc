"""The limit of a list over HTTP: Flask without anything, psycopg without anything, the SQL of the product's own list."""
from __future__ import annotations

import threading

import orjson
import psycopg
from flask import Flask, Response
from psycopg.rows import dict_row

from core.config import Config

LIST = """select id, name, sex, category, position, skills, unit_id, residence_id, workplace_id from member
 where tenant_id = %(tenant)s and residence_id = %(community)s and status = 'active'
 order by sort_key, id limit 51"""
NAMES = "select id, name from organization where tenant_id = %(tenant)s and id = any(%(ids)s)"


def create_bare(config: Config, tenant: int, community: str) -> Flask:
    """One route, one connection a thread, the same transaction with the same two statements."""
    app = Flask("bare")
    local = threading.local()
    url = config.database_url.replace("postgresql+psycopg://", "postgresql://")

    @app.get("/")
    def index() -> Response:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(url, row_factory=dict_row)
        with local.connection.transaction():
            cursor = local.connection.cursor()
            cursor.execute(f"SET LOCAL app.tenant_id = '{tenant}'")
            rows = cursor.execute(LIST, {"tenant": tenant, "community": community}).fetchall()
            ids = list({row[kind] for row in rows for kind in ("unit_id", "residence_id", "workplace_id")})
            names = {row["id"]: row["name"] for row in cursor.execute(NAMES, {"tenant": tenant, "ids": ids})}
        for row in rows:
            for kind in ("unit", "residence", "workplace"):
                row[kind] = names.get(row[f"{kind}_id"])
        return Response(orjson.dumps({"items": rows}), mimetype="application/json")
    return app
