"""Tenants, a registry of their own for plugins, and the keys for provisioning."""
from __future__ import annotations

import pytest

from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from tenants import keys
from tests.extension.conftest import city, install, registry, statements
from tests.support.factories import MASTER_KEYS

__all__ = ["city", "install", "masters", "registry", "statements"]


@pytest.fixture
def masters(database) -> MasterKeys:
    """Master keys, with the keyring set to them."""
    found = MasterKeys(MASTER_KEYS)
    keyring.configure(found, keys.load)
    return found
