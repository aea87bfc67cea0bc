"""Templates are compiled once a process, not once an application: many tests make an application of their own."""
from __future__ import annotations

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """The code of each template as it was when it was read; one with other text has another checksum and is compiled anew."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Another one for an environment that would compile the same text otherwise."""
        how = (environment.trim_blocks, environment.lstrip_blocks, sorted(environment.extensions), sorted(environment.filters))
        bucket = Bucket(environment, f"{self.get_cache_key(name, filename)} {how}", self.get_source_checksum(source))
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code out, if there is any."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


def share_compiled() -> None:
    """From now on, every application of this process has the same."""
    Flask.jinja_options = {"bytecode_cache": Compiled()}
