"""A browser without a screen for the check: keeps cookies, finds forms in pages, fills them in and sends them."""
from __future__ import annotations

import html.parser
import http.cookiejar
import json
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = str | Sequence[str]
TIMEOUT = 30.0
_SILENT = ("script", "style", "svg")


class CheckFailed(Exception):
    """Something was not as the story tells."""


@dataclass(slots=True)
class Form:
    """A form of a page with the values that it would send as it stands."""

    action: str
    method: str
    multipart: bool
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """What came back, after redirects."""

    url: str
    status: int
    media_type: str
    content: bytes
    _read: _Reader | None = None

    @property
    def html(self) -> str:
        """The body as it came, decoded."""
        return self.content.decode(errors="replace")

    @property
    def text(self) -> str:
        """What a reader sees of the page, in one line."""
        return " ".join(" ".join(self._parsed().words).split())

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)

    def forms(self, ending: str) -> list[Form]:
        """The forms whose action's path ends so."""
        return [form for form in self._parsed().forms if urllib.parse.urlsplit(form.action or self.url).path.endswith(ending)]

    def form(self, ending: str) -> Form:
        """The first of them. Raises CheckFailed when the page has none."""
        found = [form for form in self.forms(ending) if form.method == "post"] or self.forms(ending)
        if not found:
            raise CheckFailed(f"{self.url} 上没有提交到 {ending} 的表单（页面：{self.text[:120]}）")
        return found[0]

    def links(self, pattern: str) -> list[str]:
        """The links whose address fits the pattern from its beginning, none twice."""
        return [link for link in dict.fromkeys(self._parsed().links) if re.match(pattern, link)]

    def _parsed(self) -> _Reader:
        if self._read is None:
            self._read = _Reader()
            self._read.feed(self.html)
        return self._read


class Visitor:
    """Somebody with cookies of their own; `token` speaks for a program instead."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self.base_url, self._token = base_url, token
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str, *, expect: int = 200) -> Answer:
        """Open a page. Raises CheckFailed when the answer has another status."""
        return self._send(path, None, None, expect)

    def send(self, page: Answer, form: Form, given: Mapping[str, Value] | None = None, *,
             files: Mapping[str, tuple[str, bytes]] | None = None, expect: int = 200) -> Answer:
        """Send a form of a page with some values filled in, and follow the redirect."""
        values = form.values | {name: [value] if isinstance(value, str) else list(value) for name, value in (given or {}).items()}
        pairs = [(name, value) for name, listed in values.items() for value in listed]
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        if form.multipart:
            body, kind = _multipart(pairs, files or {})
        else:
            body, kind = urllib.parse.urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        if form.method == "get":
            return self._send(f"{target.partition('?')[0]}?{body.decode()}", None, None, expect)
        return self._send(target, body, kind, expect, referrer=page.url)

    def blank(self, path: str) -> Answer:
        """A page that is not opened, for a form whose fields are known."""
        return Answer(urllib.parse.urljoin(self.base_url, path), 200, "text/html", b"")

    def call(self, path: str, given: Mapping[str, Any], *, expect: int = 200) -> Answer:
        """Send JSON to the API, as a program with a token does. Raises CheckFailed when the answer has another status."""
        return self._send(path, json.dumps(given, default=str).encode(), "application/json", expect)

    def sign_in(self, path: str, username: str, password: str) -> Answer:
        """Sign in at a door; answers the first page."""
        door = self.get(path)
        answer = self.send(door, door.form("/login"), {"username": username, "password": password})
        if "/login" in answer.url:
            raise CheckFailed(f"{username} 无法登录：{answer.text[:120]}")
        return answer

    def _send(self, path: str, body: bytes | None, kind: str | None, expect: int, referrer: str | None = None) -> Answer:
        request = urllib.request.Request(urllib.parse.urljoin(self.base_url, path), body)  # noqa: S310 - our own site
        for name, value in (("Content-Type", kind), ("Referer", referrer), ("Authorization", self._token and f"Bearer {self._token}")):
            if value:
                request.add_header(name, value)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                answer = Answer(response.url, response.status, response.headers.get_content_type(), response.read())
        except urllib.error.HTTPError as error:
            answer = Answer(error.url or path, error.code, error.headers.get_content_type(), error.read())
        if answer.status != expect:
            raise CheckFailed(f"{request.get_method()} {path} 应答 {answer.status}，应为 {expect}：{answer.text[:200]}")
        return answer


class _Reader(html.parser.HTMLParser):
    """Forms, links and words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._named: dict[str, Form] = {}
        self._open: list[str] = []
        self._select: tuple[Form | str | None, str] | None = None
        self._area: tuple[Form | None, str] | None = None

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        """Note what a form would send."""
        given = {name: value or "" for name, value in pairs}
        if tag in _SILENT:
            self._open.append(tag)
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower(), "multipart" in given.get("enctype", "")))
            self._named[given.get("id", "")] = self.forms[-1]
            self._open.append(tag)
        elif tag == "input":
            self._input(given)
        elif tag == "select" and given.get("name"):
            self._select = (self._owner(given), given["name"])
        elif tag == "option" and self._select:
            self._note(self._select[0], self._select[1], given.get("value", ""), sent="selected" in given)
        elif tag == "textarea" and given.get("name"):
            self._area = (self._form(), given["name"])

    def handle_endtag(self, tag: str) -> None:
        """Leave a form, a list or a text."""
        if tag in self._open:
            self._open.reverse()
            self._open.remove(tag)
            self._open.reverse()
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        """Words that are seen, or the text that stands in a field."""
        if self._area and self._area[0]:
            self._area[0].values[self._area[1]] = [data]
        elif not any(tag in _SILENT for tag in self._open):
            self.words.append(data)


    def _input(self, given: dict[str, str]) -> None:
        name, kind = given.get("name"), given.get("type", "text")
        if not name or kind in ("submit", "button", "file", "image", "reset"):
            return
        value = given.get("value", "on" if kind in ("checkbox", "radio") else "")
        self._note(self._owner(given), name, value, sent=kind not in ("checkbox", "radio") or "checked" in given)

    def _note(self, owner: Form | str | None, name: str, value: str, *, sent: bool) -> None:
        form = self._named.get(owner) if isinstance(owner, str) else owner
        if form is None:
            return
        form.choices.setdefault(name, []).append(value)
        if sent:
            form.values.setdefault(name, []).append(value)

    def _owner(self, given: dict[str, str]) -> Form | str | None:
        return given["form"] if "form" in given else self._form()

    def _form(self) -> Form | None:
        return self.forms[-1] if self.forms and "form" in self._open else None


def _multipart(pairs: list[tuple[str, str]], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    mark = secrets.token_hex(16)
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in pairs]
    parts += [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{title}"\r\n'
              f"Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n" for name, (title, content) in files.items()]
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
