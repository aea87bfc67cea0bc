"""Forms for a rule pack of any kind, made from its schema: a group for each nested part, a page for each item of a list.

A place in a document is a path such as "levels/1/ways/0" or "redemption/items/2": names of parts and lists, and positions in lists;
"new" instead of a position is an item that does not exist yet. Names of controls join the parts of nested groups by dots:
"where.kind". What few need is folded away: nested groups, and the fields that a schema names in FORM_MORE. A field `key` is what the
program calls an item by; who leaves it empty gets one made from the title.
"""
from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import marshmallow as ma
from marshmallow import fields as mf
from werkzeug.datastructures import MultiDict

from core.errors import NotFound
from core.extension.measures import measures
from core.i18n import _
from core.members.names import pinyin
from web.forms import FormField, form_fields, load_form
from web.settings_forms import is_lines, spread

NEW, MORE, KEY = "new", "more", "key"
LONGEST_KEY = 36


@dataclass(frozen=True, slots=True)
class Group:
    """Controls that belong together. The first group of a form has no title; the others are folded unless something is set there."""

    title: str
    help: str
    fields: tuple[FormField, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list of items below the form: `path` is the list's, each item has its path and title."""

    path: str
    title: str
    help: str
    word: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a document: the schema that holds there, the value (None for a new item), and the way to it."""

    path: str
    schema: ma.Schema
    value: Mapping[str, Any] | None
    title: str
    trail: tuple[tuple[str, str], ...]

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list, which can be moved and removed."""
        return bool(self.path)


def find(schema: ma.Schema, document: Mapping[str, Any], path: str) -> Node:
    """The node at a path. Raises NotFound for a path that leads nowhere."""
    value: Any = document
    trail: list[tuple[str, str]] = []
    parts = path.split("/") if path else []
    place = 0
    while place < len(parts):
        one: Any = schema.fields.get(parts[place])
        if value is None or place + 1 == len(parts):  # below an item that is not there, or at a part that is no item
            raise NotFound
        if _is_group(one):
            schema, value, place = one.schema, value.get(parts[place]) or {}, place + 1
            continue
        if not _is_items(one):
            raise NotFound
        schema, value = one.inner.schema, _item(value.get(parts[place]) or [], parts[place + 1])
        place += 2
        trail.append(("/".join(parts[:place]), _item_title(one, value, parts[place - 1])))
    return Node(path, schema, value, trail[-1][1] if trail else "", tuple(trail))


def _item(items: list[Any], position: str) -> Any:
    if position == NEW:
        return None
    if not position.isdecimal() or int(position) >= len(items):
        raise NotFound
    return items[int(position)]


def groups(node: Node, document: Mapping[str, Any], form: MultiDict[str, str] | None = None,
           errors: Mapping[str, list[str]] | None = None) -> list[Group]:
    """The node's controls, filled with what the document says or with a refused form."""
    flat = _flat_schema(node.schema)
    choices = {name: _suggested(one, document) for name, one in flat.fields.items() if one.metadata.get("suggest")}
    known = {name: pairs for name, pairs in choices.items() if pairs}
    mapped = {name: list(one.metadata["choices"].items()) for name, one in flat.fields.items()
              if isinstance(one.metadata.get("choices"), Mapping)}
    given: Any = form if form is not None else _flat_values(node.value or {}, flat)
    found = {f.name: _as_control(flat.fields[f.name], f, given, form) for f in
             form_fields(flat, given, {name.replace("/", "."): said for name, said in (errors or {}).items()}, choices=mapped | known)}
    plain = {f.name: f.selected for f in form_fields(flat, {}, choices=mapped | known)}
    return [_group(node, name, controls, plain) for name, controls in _sorted_out(node.schema, found).items()]


def _sorted_out(schema: ma.Schema, found: Mapping[str, FormField]) -> dict[str, list[FormField]]:
    """The controls by group: "" for the first, the prefix of a nested one, MORE for what few need."""
    more = (*getattr(schema, "FORM_MORE", ()), KEY)
    sorted_out: dict[str, list[FormField]] = {"": [], MORE: []}
    for name, control in found.items():
        sorted_out.setdefault(MORE if name in more else name.rpartition(".")[0], []).append(control)
    return {name: controls for name, controls in sorted_out.items() if controls}


def _group(node: Node, name: str, controls: list[FormField], plain: Mapping[str, Any]) -> Group:
    title, text = (_("更多（一般不用改）"), "") if name == MORE else _group_words(node.schema, name)
    changed = any(c.errors or list(filter(None, c.selected)) != list(filter(None, plain[c.name])) for c in controls if c.name != KEY)
    return Group(title, text, tuple(controls), changed or not name)


def lists(node: Node) -> list[ItemList]:
    """The lists of items below the node; none for an item that does not exist yet."""
    return [] if node.value is None else _lists(node.schema, node.value, f"{node.path}/" if node.path else "")


def _lists(schema: ma.Schema, value: Mapping[str, Any], prefix: str) -> list[ItemList]:
    found = []
    for name, one in schema.fields.items():
        path = f"{prefix}{name}"
        if _is_group(one):
            found += _lists(one.schema, value.get(name) or {}, f"{path}/")
        elif _is_items(one):
            items = tuple((f"{path}/{n}", _item_title(one, item, str(n))) for n, item in enumerate(value.get(name) or ()))
            found.append(ItemList(path, _words(one, "title", name), _words(one, "help", ""), _words(one, "item", _("一项")), items))
    return found


def submitted(node: Node, form: MultiDict[str, str], siblings: Collection[str] = ()) -> dict[str, Any]:
    """What the form says of the node, as JSON, with the lists below it kept. Raises Invalid with the controls' names.

    `siblings`: the keys of the other items, which a key that is made here must not repeat.
    """
    flat = _flat_schema(node.schema)
    sent: MultiDict[str, str] = MultiDict()
    for name, one in flat.fields.items():
        if name in form or isinstance(one, mf.Boolean | mf.List):
            sent.setlist(name, spread(one, form.getlist(name)))
    if KEY in flat.fields and not sent.get(KEY, "").strip():
        sent[KEY] = _made_key(sent.get("title", ""), siblings)
    loaded: dict[str, Any] = flat.dump(load_form(flat, sent))
    kept = copy.deepcopy(dict(node.value or {}))
    for name, value in loaded.items():
        _put(kept, name.split("."), value)
    return kept


def sibling_keys(document: Mapping[str, Any], path: str) -> set[str]:
    """The keys of the items beside the one at `path`."""
    if not path:
        return set()
    items, position = _container(copy.deepcopy(dict(document)), path)
    return {str(item.get("key")) for n, item in enumerate(items) if str(n) != position}


def _made_key(title: str, taken: Collection[str]) -> str:
    letters = "".join(c for c in pinyin(title).lower() if c.isascii() and c.isalnum())[:LONGEST_KEY]
    base = letters if letters[:1].isalpha() else f"k{letters}"
    return next(key for key in (base, *(f"{base}_{n}" for n in range(2, 1000))) if key not in taken)


def flat_fields(node: Node) -> dict[str, mf.Field[Any]]:
    """The schema's fields behind the node's controls, by name."""
    return dict(_flat_schema(node.schema).fields)


def with_item(document: Mapping[str, Any], path: str, value: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The document with the node at `path` replaced, or added at the end for "new"; and the path at which it now stands."""
    changed = copy.deepcopy(dict(document))
    if not path:
        return dict(value), ""
    items, position = _container(changed, path)
    if position == NEW:
        items.append(dict(value))
        return changed, f"{path.rpartition('/')[0]}/{len(items) - 1}"
    items[int(position)] = dict(value)
    return changed, path


def without_item(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The document without the item at `path`."""
    changed = copy.deepcopy(dict(document))
    items, position = _container(changed, path)
    del items[int(position)]
    return changed


def moved(document: Mapping[str, Any], path: str, by: int) -> tuple[dict[str, Any], str]:
    """The document with the item at `path` moved up (-1) or down (1), and its new path; at the end of the list it stays."""
    changed = copy.deepcopy(dict(document))
    items, position = _container(changed, path)
    old = int(position)
    new = min(max(old + by, 0), len(items) - 1)
    items.insert(new, items.pop(old))
    return changed, f"{path.rpartition('/')[0]}/{new}"


def _container(document: dict[str, Any], path: str) -> tuple[list[Any], str]:
    """The list that holds the item, made where it is not there yet, and the item's position."""
    *above, name, position = path.split("/")
    value: Any = document
    for part in above:
        value = value[int(part)] if part.isdecimal() else value[part]
    return value.setdefault(name, []), position


def _is_group(one: Any) -> TypeGuard[mf.Nested]:
    return isinstance(one, mf.Nested) and not one.many


def _is_items(one: Any) -> bool:
    return isinstance(one, mf.List) and isinstance(one.inner, mf.Nested)


def _words(one: mf.Field[Any], key: str, otherwise: str) -> str:
    return str(one.metadata.get(key) or otherwise)


def _item_title(one: Any, value: Any, position: str) -> str:
    word = _words(one, "item", _("一项"))
    if position == NEW or value is None:
        return _("新增%(word)s", word=word)
    return str(value.get("title") or value.get("name") or _("%(word)s %(number)s", word=word, number=int(position) + 1))


def _flat_schema(schema: ma.Schema) -> ma.Schema:
    return ma.Schema.from_dict(dict(_flat(schema, "")))()


def _flat(schema: ma.Schema, prefix: str) -> list[tuple[str, mf.Field[Any]]]:
    found: list[tuple[str, mf.Field[Any]]] = []
    for name, one in schema.fields.items():
        if _is_group(one):
            found += _flat(one.schema, f"{prefix}{name}.")
        elif not _is_items(one):
            found.append((f"{prefix}{name}", copy.copy(one)))
    return found


def _flat_values(value: Mapping[str, Any], flat: ma.Schema) -> dict[str, Any]:
    """The values by dotted name; what the document does not say is left to the default."""
    found: dict[str, Any] = {}
    for name in flat.fields:
        part: Any = value
        for key in name.split("."):
            part = part.get(key, ma.missing) if isinstance(part, Mapping) else ma.missing
        if part is not ma.missing:
            found[name] = part
    return found


def _put(target: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        target = target.setdefault(key, {})
    target[keys[-1]] = value


def _as_control(one: mf.Field[Any], control: FormField, given: Any, form: MultiDict[str, str] | None) -> FormField:
    if control.name == KEY:
        return replace(control, required=False, help=_("可不填，系统按名称取；填了就不要再改"))
    if control.choices and one.metadata.get("suggest") and isinstance(one, mf.List):
        return replace(control, help=_("可多选"))  # the schema's help tells how to type them
    if not is_lines(one) or control.choices:
        return control
    values = given.getlist(control.name) if form is not None else given.get(control.name) or ()
    return replace(control, kind="textarea", selected=("\n".join(map(str, values)),), attributes={"rows": min(12, max(3, len(values) + 1))})


def _suggested(one: mf.Field[Any], document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Keys that the document or the plugins know, to choose from; none: then it is typed."""
    source = str(one.metadata["suggest"])
    if source == "measures":
        return [(name, f"{measure.title}（{name}）") for name, measure in measures().items()]
    return [(item["key"], item.get("title") or item["key"]) for item in document.get(source) or () if item.get("key")]


def _group_words(schema: ma.Schema, prefix: str) -> tuple[str, str]:
    """Title and help of a nested group; a group within a group is named after both."""
    titles, text = [], ""
    for name in prefix.split(".") if prefix else ():
        one = schema.fields[name]
        titles.append(_words(one, "title", name))
        text = _words(one, "help", "")
        schema = one.schema if isinstance(one, mf.Nested) else schema
    return _("：").join(titles), text
