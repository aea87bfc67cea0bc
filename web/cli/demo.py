"""`baodao demo`: a whole installation with two places and a year of their story, for looking round; `--check` plays and proves it."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import NoResultFound

from core.config import Config
from core.errors import BaodaoError
from web.cli.runtime import connect_process, data_folder, data_option
from web.cli.up import running
from web.embedded import DataFolder

if TYPE_CHECKING:
    from web.demo.loop import Loop

WITHOUT_PHONE = {"BAODAO_SECOND_FACTOR": "optional"}  # who only looks round must not need an authenticator app


@click.command("demo")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8000, show_default=True, help="监听端口；0 表示任选空闲端口。")
@click.option("--check", is_flag=True, help="在临时目录和空闲端口上把全过程走一遍，逐项核对后退出。 Play and prove the story.")
@click.option("--json", "as_json", is_flag=True, help="与 --check 合用，以 JSON 输出。")
def demo(data: Path | None, host: str, port: int, *, check: bool, as_json: bool) -> None:
    """建立武汉、恩施州和省直机关工委的示范数据并启动；Ctrl-C 停止，数据保留。 Sample tenants with a year of data, then everything."""
    if check:
        from web.demo.check import run_check

        raise click.exceptions.Exit(run_check(as_json=as_json))
    if as_json:
        raise click.UsageError("--json 只与 --check 合用。")
    folder = data_folder(data)
    folder.prepare()
    loops: list[Loop] = []
    with running(folder, "demo", host=host, port=port, logs=folder.path / "logs", extra=WITHOUT_PHONE,
                 before_web=lambda config: loops.extend(prepare(config, folder))) as installation:
        for loop in loops:
            play_loop(loop, installation.config.base_url, folder)
        play_cooperation(installation.config, folder)
        show_logins(installation.config.base_url, folder)
        installation.watch()
        click.echo("正在停止……")
    click.echo("已全部停止，数据已保留；再次运行 baodao demo 即可继续。")


def prepare(config: Config, folder: DataFolder) -> list[Loop]:
    """Make what is missing of the demonstration; nothing at a second start. Raises ConfigurationError on real data.

    Answers the service loop that is to be played once the website answers, where it has not been yet.
    """
    from core.db import database
    from web.demo import crossing, logins, seeding

    connect_process(config, statement_timeout=60, pool_size=2)
    wanted, password = seeding.missing(), logins.stored(folder.path)
    if password is None:
        password = logins.new_password()
        logins.keep(folder.path, password)
        seeding.set_passwords(password)
    if wanted:
        with _bar() as bar:
            tasks = {city.code: bar.add_task(city.code, total=1.0, title=f"建立{city.title}的一年") for city in wanted}
            seeding.seed(config, wanted, password, lambda city, done: bar.update(tasks[city.code], completed=done))
    found = seeding.loops()
    tell_units(config)
    try:
        crossing.ensure(config, password, lambda: click.echo("建立省直机关工委，往来一年……", err=True))
    except (BaodaoError, NoResultFound, LookupError, ValueError) as failed:  # somebody has changed the demonstration's people or places since
        click.echo(f"省直机关工委的示范数据没有全部建立：{failed}", err=True)
    database.dispose()
    return found


def tell_units(config: Config) -> None:
    """The unit's side of the first city, where it has not been told yet; what fails is told and keeps nobody from looking round."""
    from web.demo.client import CheckFailed
    from web.demo.units import telling

    try:
        telling.tell(config)
    except CheckFailed as failed:
        click.echo(f"单位一侧的示范数据没有全部建立：{failed}", err=True)


def play_loop(loop: Loop, base_url: str, folder: DataFolder) -> None:
    """The service loop of the first city, by its officer and its member; what fails is told and keeps nobody from looking round."""
    from web.demo import logins
    from web.demo.cities import WUHAN
    from web.demo.client import CheckFailed, Visitor

    password, people = str(logins.stored(folder.path)), []
    try:
        for username in ("community", "member"):
            people.append(Visitor(base_url))
            people[-1].sign_in(f"/t/{WUHAN.slug}/login", username, password)
        loop.enter(*people)
        loop.play()
    except CheckFailed as failed:
        click.echo(f"服务事项的示范数据没有全部建立：{failed}", err=True)


def play_cooperation(config: Config, folder: DataFolder) -> None:
    """Good practice, liaison communities and co-building of the first city, once; what fails is told and keeps nobody from looking round."""
    from core.db import database
    from web.demo import cooperating, logins
    from web.demo.cities import WUHAN
    from web.demo.client import CheckFailed, Visitor

    connect_process(config, statement_timeout=60, pool_size=2)
    try:
        story = cooperating.begin()
    except (BaodaoError, NoResultFound) as failed:
        click.echo(f"共驻共建等的示范数据没有建立：{failed}", err=True)
        return
    finally:
        database.dispose()
    if story is None:
        return
    password, people = str(logins.stored(folder.path)), {}
    try:
        for username in cooperating.CAST:
            people[username] = Visitor(config.base_url)
            people[username].sign_in(f"/t/{WUHAN.slug}/login", username, password)
        story.enter(people)
        story.play()
    except (CheckFailed, LookupError, ValueError) as failed:
        click.echo(f"共驻共建等的示范数据没有全部建立：{failed}", err=True)


def show_logins(base_url: str, folder: DataFolder) -> None:
    """The table of logins, and the password of all of them."""
    from web.demo import logins

    for door in logins.doors(base_url):
        click.echo(f"\n{door.place}  {door.url}")
        for username, role in door.people:
            click.echo(f"    {username:<12}{role}")
    click.echo(f"\n密码都是 Password: {logins.stored(folder.path)}")
    click.echo(f"（保存在 {folder.path / logins.NAME}；人名、号码均为虚构 all people are invented）")
    click.echo("示范账号登录只要密码；正式安装时经办人和管理员必须两步登录，可在“我的账号”里试用。")
    click.echo("(The demo asks for a password only; a real installation demands a second factor of every officer.)")
    click.echo(f"\n已就绪 Ready: {base_url} （Ctrl-C 停止 to stop）")


def _bar() -> Progress:
    return Progress(TextColumn("{task.fields[title]}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn(),
                    console=Console(stderr=True))
