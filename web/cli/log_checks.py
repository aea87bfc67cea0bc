"""What `baodao doctor` looks at about the log: whether the collector beside standard error can be reached, if there is one."""
from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.errors import ConfigurationError
from core.log_sender import connect
from core.log_target import VARIABLE, log_target
from web.cli.findings import FAIL, OK, WARN, Finding


def log_findings(env: Mapping[str, str]) -> Iterator[Finding]:
    """ASVS 5.0, 16.4.3: a log on another machine tells what happened even where this one was taken over."""
    try:
        target = log_target(env)
    except ConfigurationError as error:
        yield Finding("日志外送", FAIL, error.message, f"改正 {VARIABLE}，或去掉它。")
        return
    if target is None:
        yield Finding("日志外送", WARN, f"没有设置 {VARIABLE}：日志只在本机的标准错误输出",
                      "设为日志服务器的地址，或由 journald、容器平台等转送；已经转送的，不必理会这一条。")
        return
    place = f"{target.host}:{target.port}"
    try:
        connect(target).close()
    except OSError as error:
        yield Finding("日志外送", FAIL, f"连不上 {place}（{type(error).__name__}）", "检查日志服务器、防火墙和它的证书。服务照常运行，日志在本机仍有。")
        return
    yield Finding("日志外送", OK, place)
