"""What a plugin's pages are, as data: one declaration each says address, permission, menu entry, columns and export.

The web makes routes of it, behind the same doors as core's own: tenant, switched on, login, permission, CSRF, address below
/p/<plugin>. So an author writes neither blueprint nor login check, neither token nor tenant filter:

    pages = PluginPages("snow")

    @pages.table("/", title=_l("扫雪值班"), permission="snow.read", menu=True, export=True,
                 columns=(TableColumn("street", _l("路段"), search=True), TableColumn("day", _l("日期"), "date")))
    def duties() -> Select:
        return select(SnowDuty).order_by(SnowDuty.day.desc())

The decorated functions stay what they are, so a test may call them. `select`, `update`, `delete` with the ORM are narrowed to the
tenant by the guard, whatever their shape; a row that is added is stamped with it.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

from marshmallow import Schema

from core.db import TenantRow
from core.i18n import LazyString

Text: TypeAlias = "str | LazyString"
Function = TypeVar("Function", bound=Callable[..., Any])
Kind: TypeAlias = Literal["text", "code", "integer", "decimal", "date", "datetime", "hours", "yes_no", "place", "member"]
NO_WORDS: Mapping[str, Text] = {}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table and of its export: `key` names a column of the query.

    `hours` shows minutes as hours, `words` says codes in words, `code` is text that looks like a number. `place` shows the name of
    the organization, and `member` that of the member, whose id stands there. `search`: found by its beginning. `width` in characters.
    """

    key: str
    title: Text
    kind: Kind = "text"
    search: bool = False
    words: Mapping[str, Text] = field(default_factory=lambda: NO_WORDS)
    width: float = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. `name` is its function's, by which `links` and `then` of others name it; `menu` is its title in the menu, if any."""

    rule: str
    name: str
    function: Callable[..., Any]
    title: Text
    permission: str
    menu: Text | None = None
    icon: str = "puzzle"
    order: int = 100
    template: str = ""
    links: tuple[str, ...] = ()

    @property
    def of_row(self) -> bool:
        """Whether the page is about one row, whose id its address names."""
        return "<uuid:id>" in self.rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Page):
    """A list with paging, search and export. `export` is the permission to take it along, None: nobody takes it."""

    columns: tuple[TableColumn, ...]
    export: str | None = None
    filters: type[Schema] | None = None
    empty: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Page):
    """A form out of a schema and what is done with what it brings. `row`: the model of the row that it is about."""

    schema: type[Schema]
    row: type[TenantRow] | None = None
    then: str = ""
    done: Text = ""
    submit: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Page):
    """A button and what it does. `ask` is the question that must be answered first."""

    row: type[TenantRow] | None = None
    then: str = ""
    done: Text = ""
    ask: Text = ""


class PluginPages:
    """The pages of one plugin, in the order of their declaration. `plugin` is its name."""

    def __init__(self, plugin: str) -> None:
        self.plugin = plugin
        self.items: list[Page] = []

    def page(self, rule: str, *, title: Text, permission: str, template: str, menu: bool | Text = False, icon: str = "puzzle",
             order: int = 100, links: tuple[str, ...] = ()) -> Callable[[Function], Function]:
        """A page of one's own: the function takes what `rule` names and returns what its template shows, as a mapping.

        `template` lies in the plugin's folder templates/. `links` names pages and actions for which it has buttons.
        """
        return self._add(Page, rule, title=title, permission=permission, template=template, menu=_menu(menu, title), icon=icon,
                         order=order, links=links)

    def table(self, rule: str, *, title: Text, permission: str, columns: tuple[TableColumn, ...], export: bool | str = False,
              filters: type[Schema] | None = None, links: tuple[str, ...] = (), empty: Text = "", menu: bool | Text = False,
              icon: str = "puzzle", order: int = 100) -> Callable[[Function], Function]:
        """A list: the function returns a `select` with its ORDER BY; rows come page by page, and only those within one's reach.

        What each row belongs to stands in its model (`__reach__`). `export` True lets whoever sees the list take it as xlsx, a
        permission's code only those who hold it. `filters` makes fields above the list; the function takes their values by name.
        `links` names forms and actions: those about one row (<uuid:id>) stand beside each row, others above the list.
        """
        return self._add(Table, rule, title=title, permission=permission, columns=columns, filters=filters, links=links, empty=empty,
                         export=permission if export is True else export or None, menu=_menu(menu, title), icon=icon, order=order)

    def form(self, rule: str, schema: type[Schema], *, title: Text, permission: str, row: type[TenantRow] | None = None,
             then: str = "", done: Text = "", submit: Text = "", menu: bool | Text = False, icon: str = "puzzle",
             order: int = 100) -> Callable[[Function], Function]:
        """A form: the function takes the schema's checked values by name, and returns the new row, or nothing.

        With `row`, a model, the address names one of its rows by <uuid:id>; the function takes it first, locked, if it lies within
        one's reach; its columns fill the form, and where it has a `version`, nobody's change is overwritten. What the function raises
        as Invalid or Conflict is shown on the form. The act is noted in the audit log. `then` names the page that follows, else
        the plugin's first.
        """
        return self._add(Form, rule, schema=schema, title=title, permission=permission, row=row, then=then, done=done, submit=submit,
                         menu=_menu(menu, title), icon=icon, order=order)

    def action(self, rule: str, *, title: Text, permission: str, row: type[TenantRow] | None = None, ask: Text = "", then: str = "",
               done: Text = "") -> Callable[[Function], Function]:
        """A button, to be named in `links`: the function does it. With `row` it takes the row, as a form does.

        `ask` is a question that must be confirmed first. The act is noted in the audit log.
        """
        return self._add(Action, rule, title=title, permission=permission, row=row, ask=ask, then=then, done=done)

    def names(self) -> dict[str, Page]:
        """The pages by name."""
        return {item.name: item for item in self.items}

    def _add(self, kind: type[Page], rule: str, **said: Any) -> Callable[[Function], Function]:
        def declare(function: Function) -> Function:
            self.items.append(kind(rule=rule, name=function.__name__, function=function, **said))
            return function
        return declare


def _menu(menu: bool | Text, title: Text) -> Text | None:
    return title if menu is True else menu or None
