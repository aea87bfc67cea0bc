"""Makes the README's pictures: starts a demo in a throw-away folder and photographs it in Chromium. Run by `make pictures`."""
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from web.cli.demo import prepare
from web.cli.up import running
from web.demo import logins
from web.embedded import DataFolder

IMAGES = Path(__file__).parent / "images"
DESKTOP, PHONE = (1280, 800), (390, 780)
#: file, tenant, username, address, screen
PICTURES = (
    ("overview.png", "wuhan", "admin", "/", DESKTOP),
    ("community.png", "wuhan", "community", "/", DESKTOP),
    ("unit.png", "wuhan", "unit", "/report-ins/unit", DESKTOP),
    ("member.png", "wuhan", "member", "/", PHONE),
    ("certificate.png", "wuhan", "member", "/report-in/certificate", PHONE),
    ("records.png", "wuhan", "member", "/records/", PHONE),
)


def main() -> None:
    """All pictures, into docs/images."""
    path = Path(tempfile.mkdtemp(prefix="bdpic"))
    path.chmod(0o711)
    folder = DataFolder(path)
    IMAGES.mkdir(exist_ok=True)
    program = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        with running(folder, "demo", host="127.0.0.1", port=0, logs=path / "logs",
                     before_web=lambda config: prepare(config, folder)) as site, \
                sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--lang=zh-CN"])
            for name, slug, username, address, size in PICTURES:
                _take(browser, site.config.base_url, f"/t/{slug}/login", (username, str(logins.stored(path))), address, size, IMAGES / name)
            browser.close()
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _take(browser: Browser, base_url: str, door: str, who: tuple[str, str], address: str, size: tuple[int, int], target: Path) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    page = context.new_page()
    page.goto(base_url + door)
    page.fill("[name=username]", who[0])
    page.fill("[name=password]", who[1])
    with page.expect_navigation():
        page.click("main button[type=submit]")
    page.goto(base_url + address)
    page.wait_for_timeout(600)  # the chart has drawn itself
    page.screenshot(path=target)
    context.close()
    print(f"{target.name}: {target.stat().st_size // 1024} kB")  # noqa: T201 - a script's output


if __name__ == "__main__":
    main()
