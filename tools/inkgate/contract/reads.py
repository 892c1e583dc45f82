"""Which fields of the events a consumer reads, told from its own code.

mypy's types of every expression say where an attribute of a contract is read. Where the code reads an attribute of
`event.data` and has no type for it, or a key of it (`data["x"]`, `data.get("x")`), it counts for every type that has such a
field: the list may name a field too many, never one too few. So do the fields of structs that a consumer decodes by itself.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from mypy import build
from mypy.modulefinder import BuildSource
from mypy.nodes import Expression, MemberExpr, MypyFile, NameExpr
from mypy.options import Options
from mypy.traverser import NameAndMemberCollector
from mypy.types import AnyType, Instance, Type, UnionType, get_proper_type

CONTRACTS = "inkgate_common.contracts."
_EVENT = "inkgate_common.cloudevents.Event"

_COMMON = "common"

# In place of a struct: whichever has such a field.
ANYTHING = "*"
# Struct's name (or ANYTHING) → the attributes that are read.
Reads = dict[str, set[str]]


def of(packages: Mapping[str, Path], common: Path) -> dict[str, Reads]:
    """Consumer → what the code of its package reads; `common` is the library with the contracts, whose own reads count for
    everybody. That the code passes mypy is seen to elsewhere: here errors mean nothing, as no other library is followed."""
    folders = {**packages, _COMMON: common}
    sources = {name: list(_sources(folder)) for name, folder in folders.items()}
    result = build.build([source for each in sources.values() for source in each], _options())
    found = {}
    for name, modules in sources.items():
        trees = [ast.parse(Path(module.path or "").read_text("utf-8")) for module in modules]
        found[name] = reads = defaultdict[str, set[str]](set)
        loose = _loose_names(trees)
        for module in modules:
            for struct, attribute in _attributes(result.files[module.module], result.types, loose):
                reads[struct].add(attribute)
        for struct, attribute in (*_by_name(trees, loose), *_own_views(trees), *_matched(trees)):
            reads[struct].add(attribute)
    shared = found.pop(_COMMON)
    for reads in found.values():
        for struct, attributes in shared.items():
            reads[struct] |= attributes
    return dict(found)


def _sources(folder: Path) -> Iterator[BuildSource]:
    root = folder
    while (root / "__init__.py").exists():
        root = root.parent
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            yield BuildSource(str(path), module)


def _options() -> Options:
    options = Options()
    options.export_types = True
    options.preserve_asts = True
    options.incremental = False
    options.check_untyped_defs = True
    options.python_version = (3, 11)
    # The code of others is not followed: no contract is declared there, and it takes ten times as long.
    options.follow_imports = "skip"
    options.ignore_missing_imports = True
    return options


def _attributes(tree: MypyFile, types: Mapping[Expression, Type], loose: set[str]) -> Iterator[tuple[str, str]]:
    """Struct and attribute of every `x.attribute`."""
    collector = NameAndMemberCollector()
    tree.accept(collector)
    for expression in collector.member_exprs:
        holder = expression.expr
        kind = get_proper_type(types[holder]) if holder in types else None
        if not isinstance(kind, AnyType):
            yield from ((struct, expression.name) for struct in _structs(kind))
        elif _is_data(holder, types) or (isinstance(holder, NameExpr) and holder.name in loose):
            yield ANYTHING, expression.name


def _is_data(expression: Expression, types: Mapping[Expression, Type]) -> bool:
    """Whether it is `event.data`."""
    if not isinstance(expression, MemberExpr) or expression.name != "data":
        return False
    holder = get_proper_type(types[expression.expr]) if expression.expr in types else None
    return isinstance(holder, AnyType) or (isinstance(holder, Instance) and holder.type.fullname == _EVENT)


def _structs(kind: Type | None) -> Iterator[str]:
    """The contracts that something of this type may be."""
    proper = get_proper_type(kind)
    if isinstance(proper, UnionType):
        for item in proper.items:
            yield from _structs(item)
    elif isinstance(proper, Instance) and proper.type.fullname.startswith(CONTRACTS):
        yield proper.type.name


def _loose_names(trees: list[ast.Module]) -> set[str]:
    """The names that anywhere stand for `x.data`, for what a list of these holds, or for another such name."""
    pairs = [pair for tree in trees for node in ast.walk(tree) for pair in _bindings(node)]
    loose = {"data"}
    while True:
        more = {name for name, value in pairs if _is_loose(value, loose)} - loose
        if not more:
            return loose
        loose |= more


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they are bound to."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            yield from (
                (name.id, value) for name, value in zip(names, values, strict=False) if isinstance(name, ast.Name)
            )
        case ast.Assign(targets=targets, value=value):
            yield from ((name.id, value) for name in targets if isinstance(name, ast.Name))
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.For(target=ast.Name(id=name), iter=value) | ast.comprehension(target=ast.Name(id=name), iter=value):
            yield name, value


def _is_loose(value: ast.expr, loose: set[str]) -> bool:
    match value:
        case ast.Attribute(attr="data"):
            return True
        case ast.Name(id=name):
            return name in loose
        case (
            ast.ListComp(elt=inner) | ast.SetComp(elt=inner) | ast.GeneratorExp(elt=inner) | ast.Subscript(value=inner)
        ):
            return _is_loose(inner, loose)
    return False


def _by_name(trees: list[ast.Module], loose: set[str]) -> Iterator[tuple[str, str]]:
    """The name in every `getattr(x, "name")`, whatever x is, and in `x["name"]` and `x.get("name")` of an event's data."""
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                    yield ANYTHING, name
                case ast.Subscript(value=of, slice=ast.Constant(value=str(name))) if _is_loose(of, loose):
                    yield ANYTHING, name
                case ast.Call(func=ast.Attribute(value=of, attr="get"), args=[ast.Constant(value=str(name)), *_]) if (
                    _is_loose(of, loose)
                ):
                    yield ANYTHING, name


def _own_views(trees: list[ast.Module]) -> Iterator[tuple[str, str]]:
    """The fields of every struct of the consumer's own for which it makes a decoder at the level of a module."""
    for tree in trees:
        decoded = {
            name
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call)
            for call in [node.value]
            if isinstance(call.func, ast.Attribute) and call.func.attr == "Decoder"
            for name in [getattr(argument, "id", "") for argument in call.args]
        }
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name in decoded:
                yield from (
                    (ANYTHING, field.target.id)
                    for field in node.body
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
                )


def _matched(trees: list[ast.Module]) -> Iterator[tuple[str, str]]:
    """Struct and attribute of every `case Struct(attribute=…)`: patterns are no expressions."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.MatchClass):
                name = node.cls.attr if isinstance(node.cls, ast.Attribute) else getattr(node.cls, "id", "")
                yield from ((name, attribute) for attribute in node.kwd_attrs)
