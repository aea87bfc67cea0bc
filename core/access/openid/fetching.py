"""Asks a provider over HTTP: short, without redirects, and never at a private address unless the installation allows it (rule 25)."""
from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from core.errors import Unavailable
from core.i18n import _

TIMEOUT, LARGEST = (3, 5), 256 * 1024


class PrivateAddress(OSError):
    """The name leads to an address that is not a public one."""


def _check(opened: socket.socket) -> socket.socket:
    """The address that was really reached, so that a name which changes between question and call is no way in."""
    if not ipaddress.ip_address(opened.getpeername()[0].partition("%")[0]).is_global:
        opened.close()
        raise PrivateAddress("private address")
    return opened


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _check(super()._new_conn())


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _check(super()._new_conn())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class PublicOnly(HTTPAdapter):
    """Lets a session reach public addresses only; nothing has been sent when one is refused."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """As requests does, with connections that look where they lead."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


def usable(address: str, *, private: bool) -> bool:
    """Whether an address may be called: https, or http where private ones are allowed; without user, query or fragment."""
    try:
        parts = urlsplit(address)
        known = parts.hostname is not None and not parts.username and not parts.fragment and (parts.port or 1) > 0
    except ValueError:
        return False
    return known and (parts.scheme == "https" or (private and parts.scheme == "http"))


def get_json(address: str, *, private: bool) -> Mapping[str, Any]:
    """A document of the provider. Raises Unavailable with a sentence."""
    with prepared(requests.Session(), private=private) as client, _answer(client, address, private=private) as answer:
        body = answer.raw.read(LARGEST + 1, decode_content=True)
        if answer.status_code != 200 or len(body) > LARGEST:
            raise unreachable()
        try:
            found = json.loads(body)
        except ValueError as error:
            raise unreachable() from error
    if not isinstance(found, dict):
        raise unreachable()
    return found


def exchange(endpoint: str, code: str, verifier: str, *, client_id: str, client_secret: str | None, callback: str, private: bool) -> str:
    """The identity token that the provider gives for a code. Raises Unavailable."""
    if not usable(endpoint, private=private):
        raise unreachable()
    method = "client_secret_basic" if client_secret else "none"
    with prepared(OAuth2Session(client_id, client_secret, token_endpoint_auth_method=method, redirect_uri=callback), private=private) as client:
        try:
            token = client.fetch_token(endpoint, grant_type="authorization_code", code=code, code_verifier=verifier, timeout=TIMEOUT,
                                       allow_redirects=False)
        except Exception as error:  # what a client makes of a strange answer is of every kind
            raise unreachable() from error
    found = token.get("id_token")
    if not isinstance(found, str) or len(found) > LARGEST:
        raise unreachable()
    return found


def prepared(client: Any, *, private: bool) -> Any:
    """A session that takes no proxy or password from the environment, and keeps to public addresses unless `private`."""
    client.trust_env = False
    if not private:
        for scheme in ("http://", "https://"):
            client.mount(scheme, PublicOnly())
    return client


def unreachable() -> Unavailable:
    """What a person is told, whatever it was: the log of an attacker's tries is no map of the network."""
    return Unavailable(_("统一身份认证现在不能使用。请稍后再试，或用用户名和密码登录；一直不行请告诉管理员。"))


def _answer(client: requests.Session, address: str, *, private: bool) -> requests.Response:
    if not usable(address, private=private):
        raise unreachable()
    try:
        return client.get(address, timeout=TIMEOUT, allow_redirects=False, stream=True)
    except (requests.RequestException, OSError) as error:
        raise unreachable() from error
