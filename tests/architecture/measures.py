"""Measures of names, docstrings and structure, taken from the tree with the standard library alone.

Run it from the top of the tree: ``python3 tests/architecture/measures.py [--check] [--json] [--list MEASURE [PATH...]]``.
``--check`` exits with 1 if a value is over its limit. ``--list`` prints every offender of one measure.
The limits are those of ``docs/contributing/style.md``; ``LIMITS_NOT_MET`` holds the ones that the tree does not meet yet.
"""

import argparse
import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE_FOLDERS = ("hub_sync", "kiosk_app", "hardware", "resources")
FOLDERS = (*SOURCE_FOLDERS, "tests")

FORBIDDEN_BINDINGS = frozenset(
    ["told", "asked", "found", "held", "kept", "seen", "made", "said", "given", "shown", "one"]
)
QUESTION_WORDS = frozenset(
    [
        "what",
        "who",
        "whom",
        "whose",
        "how",
        "whether",
        "where",
        "which",
        "when",
        "why",
        "whoever",
        "whatever",
        "whichever",
    ]
)
NOT_IMPERATIVE = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "his",
        "her",
        "their",
        "our",
        "your",
        "there",
        "one",
        "two",
        "three",
        "all",
        "any",
        "each",
        "every",
        "no",
        "none",
        "nobody",
        "nothing",
        "some",
        "somebody",
        "somebody's",
        "in",
        "on",
        "at",
        "by",
        "of",
        "as",
        "from",
        "for",
        "to",
        "if",
        "with",
        "without",
        "within",
        "until",
        "after",
        "before",
        "because",
        "so",
        "once",
        "only",
        "not",
        "and",
        "or",
        "but",
        "is",
        "are",
        "was",
        "were",
        "be",
        "can",
        "may",
        "must",
        "should",
        "will",
        "would",
        "has",
        "have",
        "had",
        "does",
        "did",
        "true",
        "false",
        "everything",
        "everybody",
        "people",
        "whoever",
    ]
)
"""First words of a sentence that is not an imperative."""

IMPERATIVES_IN_S = frozenset(
    [
        "pass",
        "press",
        "process",
        "address",
        "access",
        "discuss",
        "compress",
        "express",
        "dismiss",
        "guess",
        "toss",
        "cross",
        "miss",
        "bias",
        "focus",
        "canvas",
    ]
)
"""Verbs that end with an s in the imperative."""

CLASS_WORDS = frozenset({"Fact", "Line", "Lane", "Standing"})
"""Words of class names that have two meanings, or none that a reader would search for."""

CLASS_NAMES = frozenset({"Settings"})
"""Class names that say too little by themselves."""

MODULE_NAMES = frozenset(
    [
        "asked",
        "bell",
        "post",
        "letters",
        "mishaps",
        "glances",
        "standing",
        "sightings",
        "custody",
        "lasting",
        "observed",
        "intake",
        "headers_told",
        "refusals",
        "raw",
        "life",
        "bounds",
        "telling",
        "idle",
        "line",
        "lane",
        "lanes",
        "guard",
        "claims",
        "clearing",
        "drawing",
        "inbox",
        "outcomes",
        "wording",
        "figures",
        "holding",
        "keeping",
        "working",
        "watching",
        "walking",
        "doors",
        "lives",
        "world",
        "venue",
        "scene",
        "pictures",
        "hearing",
        "news",
        "nearby",
        "shapes",
        "trail",
        "spelling",
        "quick_routes",
        "inline",
        "plain_list",
        "prepared",
        "gatekeeper",
        "moment",
        "moments",
        "lately",
        "hands",
        "people_told",
        "faulty_world",
    ]
)
"""Module names that nobody would search for. `told` and its like are denied as well, at either end of a name."""

FLAT_FOLDER = 20
SHORT_MODULE = 50
ASPECT_WORDS = 3
"""How many words may follow the module's name in the name of a test file: `test_engine_leases.py`. More are a sentence."""
TEST_ROOMS_WITHOUT_MODULES = frozenset({"journeys", "faults", "architecture", "bench"})
NOT_COUNTED_AS_FLAT = ("migrations/versions", "icons")


@dataclass(frozen=True, slots=True)
class Offender:
    """A place in the tree that a measure counts."""

    path: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name}"


@dataclass(frozen=True, slots=True)
class Result:
    """A measured value: a count, or a share of `total` in per cent."""

    value: float
    offenders: list[Offender]
    total: int | None = None

    @classmethod
    def share(cls, offenders: list[Offender], total: int) -> "Result":
        return cls(100 * len(offenders) / total if total else 0.0, offenders, total)

    @classmethod
    def count(cls, offenders: list[Offender], total: int | None = None) -> "Result":
        return cls(len(offenders), offenders, total)


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed file."""

    path: str
    """Relative to the root, with slashes."""
    dotted: str
    """As it is imported; of a package's `__init__.py` the package."""
    package: str
    """The folder it lies in, dotted."""
    lines: int
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    @property
    def in_tests(self) -> bool:
        return self.path.startswith("tests/")


@dataclass(slots=True)
class Tree:
    """The project's Python files below `root`, each read once."""

    root: Path
    modules: list[Module] = field(init=False)
    names: dict[str, Module] = field(init=False)
    packages: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.modules = [
            self.read(path) for folder in FOLDERS for path in sorted((self.root / folder).rglob("*.py"))
        ]
        self.names = {module.dotted: module for module in self.modules}
        self.packages = {module.package for module in self.modules}

    def read(self, path: Path) -> Module:
        text = path.read_text(encoding="utf-8")
        relative = path.relative_to(self.root)
        package = ".".join(relative.parent.parts)
        dotted = package if path.stem == "__init__" else f"{package}.{path.stem}"
        tree = ast.parse(text, str(path))
        return Module(relative.as_posix(), dotted, package, text.count("\n"), tree, tuple(ast.walk(tree)))

    @property
    def source(self) -> Iterator[Module]:
        return (module for module in self.modules if not module.in_tests)

    def imports(self, module: Module) -> Iterator[tuple[str, int]]:
        """Yield the modules and packages of the project that `module` imports, with the line."""
        for node in module.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in self.names or alias.name in self.packages:
                        yield alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom):
                base = self.absolute(module, node)
                for alias in node.names:
                    target = f"{base}.{alias.name}"
                    if target in self.names or target in self.packages:
                        yield target, node.lineno
                    elif base in self.names or base in self.packages:
                        yield base, node.lineno

    @staticmethod
    def absolute(module: Module, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = module.package.split(".")
        return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])

    def package_of(self, dotted: str) -> str:
        """Return the folder of a module, dotted; of a package itself."""
        return dotted if dotted in self.packages else dotted.rpartition(".")[0]


# --- bindings -----------------------------------------------------------------------------------


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)


def bindings(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every name that the code binds: once for each scope, with the line of the first binding."""
    scopes: list[tuple[ast.AST, set[str]]] = [(tree, set())]
    while scopes:
        scope, names = scopes.pop()
        todo = list(ast.iter_child_nodes(scope))
        while todo:
            node = todo.pop()
            name = bound_by(node)
            if name and name not in names:
                names.add(name)
                yield name, getattr(node, "lineno", 0)
            if isinstance(node, SCOPES):
                scopes.append((node, set()))
            else:
                todo.extend(ast.iter_child_nodes(node))


NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)


def bound_by(node: ast.AST) -> str | None:
    """Return the name that a node itself binds, if it binds one."""
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Store) else None
    if isinstance(node, ast.Attribute):
        of_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        return node.attr if of_self and isinstance(node.ctx, ast.Store) else None
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.alias):
        return node.asname
    if isinstance(node, ast.MatchMapping):
        return node.rest
    return node.name if isinstance(node, NAMED) else None


def is_forbidden_binding(name: str) -> bool:
    """Tell if the first word of a name, or the whole name, is one that says nothing about the thing."""
    stem = name.strip("_")
    return stem.split("_")[0] in FORBIDDEN_BINDINGS


def measure_bindings(tree: Tree) -> Result:
    """Count the bindings that are named by a participle or `one`."""
    offenders, total = [], 0
    for module in tree.modules:
        for name, line in bindings(module.tree):
            total += 1
            if is_forbidden_binding(name):
                offenders.append(Offender(module.path, line, name))
    return Result.share(offenders, total)


# --- docstrings ---------------------------------------------------------------------------------

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings(module: Module) -> Iterator[tuple[ast.AST, int, str]]:
    """Yield the owner, the line and the first line of every docstring."""
    for node in module.nodes:
        if isinstance(node, DOCUMENTED) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                text = first.value.value.strip()
                if text:
                    yield node, first.lineno, text.splitlines()[0]


def first_word(sentence: str) -> str:
    words = re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence)
    return words[0].lower() if words else ""


def measure_docstring_questions(tree: Tree) -> Result:
    """Count the docstrings that begin with a question word."""
    offenders, total = [], 0
    for module in tree.modules:
        for _, line, sentence in docstrings(module):
            total += 1
            if first_word(sentence) in QUESTION_WORDS:
                offenders.append(Offender(module.path, line, sentence))
    return Result.share(offenders, total)


def is_imperative(sentence: str) -> bool:
    """Tell if a sentence may begin with a verb in the imperative: a test of its first word, without a dictionary."""
    word = first_word(sentence)
    if not word or word in NOT_IMPERATIVE or word in QUESTION_WORDS:
        return False
    if sentence.lstrip().startswith(("`", '"', "'", "(")):
        return False
    return not (word.endswith("s") and word not in IMPERATIVES_IN_S) and not word.endswith(
        ("'s", "ing", "tion")
    )


def measure_docstrings_not_imperative(tree: Tree) -> Result:
    """Count the docstrings of functions whose first word is not an imperative; of properties and tests it need not be."""
    offenders, total = [], 0
    for module in tree.modules:
        for node, line, sentence in docstrings(module):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("test_"):
                continue
            if any("property" in ast.unparse(decorator) for decorator in node.decorator_list):
                continue
            total += 1
            if not is_imperative(sentence):
                offenders.append(Offender(module.path, line, f"{node.name}: {sentence}"))
    return Result.share(offenders, total)


# --- files and folders --------------------------------------------------------------------------


def measure_test_files(tree: Tree) -> Result:
    """Count the test files that are not named after the module that they test."""
    offenders, total = [], 0
    for module in tree.modules:
        parts = module.path.split("/")
        if (
            parts[0] != "tests"
            or not parts[-1].startswith("test_")
            or TEST_ROOMS_WITHOUT_MODULES & set(parts[:-1])
        ):
            continue
        total += 1
        if not has_module(tree, ".".join(parts[1:-1]), parts[-1].removeprefix("test_").removesuffix(".py")):
            offenders.append(Offender(module.path, 1, parts[-1]))
    return Result.share(offenders, total)


def has_module(tree: Tree, package: str, stem: str) -> bool:
    """Tell if `package` has a module or package that is `stem`, or that `stem` names before an aspect of few words."""
    words = stem.split("_")
    for end in range(len(words), max(0, len(words) - ASPECT_WORDS - 1), -1):
        name = "_".join(words[:end])
        for candidate in (name, f"_{name}"):
            dotted = f"{package}.{candidate}" if package else candidate
            if dotted in tree.names or dotted in tree.packages:
                return True
    return False


def measure_flat_folders(tree: Tree) -> Result:
    """Count the Python files in folders of more than twenty."""
    files: defaultdict[str, list[str]] = defaultdict(list)
    for module in tree.modules:
        folder, _, name = module.path.rpartition("/")
        if not folder.endswith(NOT_COUNTED_AS_FLAT):
            files[folder].append(name)
    crowded = [
        Offender(folder, len(names), f"{len(names)} files")
        for folder, names in files.items()
        if len(names) > FLAT_FOLDER
    ]
    total = sum(map(len, files.values()))
    return Result(100 * sum(folder.line for folder in crowded) / total if total else 0.0, crowded, total)


def measure_module_names(tree: Tree) -> Result:
    """Count the modules that have a denied name."""
    offenders, total = [], 0
    for module in tree.modules:
        total += 1
        stem = module.dotted.rpartition(".")[2].strip("_")
        words = stem.split("_")
        if stem in MODULE_NAMES or (
            words[0] != "test" and {words[0], words[-1]} & (FORBIDDEN_BINDINGS - {"one"})
        ):
            offenders.append(Offender(module.path, 1, stem))
    return Result.count(offenders, total)


def measure_short_modules(tree: Tree) -> Result:
    """Count the modules of the source that have under fifty lines; packages' `__init__.py` aside."""
    modules = [
        module
        for module in tree.source
        if not module.path.endswith("__init__.py") and "/migrations/versions/" not in module.path
    ]
    return Result.count(
        [Offender(m.path, m.lines, "lines") for m in modules if m.lines < SHORT_MODULE], len(modules)
    )


# --- imports ------------------------------------------------------------------------------------


def cycle_of(program: str) -> Callable[[Tree], Result]:
    """Return a measure: how many packages of `program` are in its largest import cycle."""

    def measure(tree: Tree) -> Result:
        edges: defaultdict[str, dict[str, Offender]] = defaultdict(dict)
        inside = program + "."
        for module in tree.source:
            if not (module.dotted + ".").startswith(inside):
                continue
            for target, line in tree.imports(module):
                package = tree.package_of(target)
                if package != module.package and (package + ".").startswith(inside):
                    edges[module.package].setdefault(
                        package, Offender(module.path, line, f"{module.package} -> {package}")
                    )
                    edges[package]
        largest = max(
            strong_components({package: list(targets) for package, targets in edges.items()}),
            key=len,
            default=[],
        )
        if len(largest) < 2:
            return Result.count([], len(edges))
        offenders = [edges[a][b] for a in sorted(largest) for b in sorted(edges[a]) if b in largest]
        return Result(len(largest), offenders, len(edges))

    return measure


def strong_components(graph: dict[str, list[str]]) -> list[list[str]]:
    """Return the strongly connected components of a graph (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            position = stack.index(node)
            components.append(stack[position:])
            del stack[position:]

    for node in graph:
        if node not in index:
            visit(node)
    return components


DOMAINS = "hub_sync.hub.domains."


def measure_domain_imports(tree: Tree) -> Result:
    """Count the imports of one domain from another that are neither of its service nor of what its manifest declares."""
    offenders, total = [], 0
    for module in tree.source:
        if not module.dotted.startswith(DOMAINS):
            continue
        own = module.dotted.removeprefix(DOMAINS).split(".")[0]
        for target, line in sorted(set(tree.imports(module))):
            if not target.startswith(DOMAINS):
                continue
            other, _, inner = target.removeprefix(DOMAINS).partition(".")
            if other == own:
                continue
            total += 1
            if inner.split(".")[0] not in public_parts(tree, other):
                offenders.append(Offender(module.path, line, f"{own} -> {target}"))
    return Result.count(offenders, total)


def public_parts(tree: Tree, domain: str) -> frozenset[str]:
    """Return the modules of a domain that others may import: its service, its manifest, its errors, and those that the manifest lists in PUBLIC."""
    parts = {"service", "manifest", "errors"}
    for dotted in (f"{DOMAINS}{domain}", f"{DOMAINS}{domain}.manifest"):
        for node in tree.names[dotted].tree.body if dotted in tree.names else ():
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and node.targets[0].id == "PUBLIC"
            ):
                parts |= set(ast.literal_eval(node.value))
    return frozenset(parts)


# --- classes ------------------------------------------------------------------------------------


def classes(modules: Iterable[Module]) -> Iterator[tuple[Module, ast.ClassDef]]:
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                yield module, node


def measure_class_names_twice(tree: Tree) -> Result:
    """Count the class names of the source that stand in more than one place."""
    places: defaultdict[str, list[Offender]] = defaultdict(list)
    for module, node in classes(tree.source):
        if node in module.tree.body:
            places[node.name].append(Offender(module.path, node.lineno, node.name))
    twice = {name: same for name, same in places.items() if len(same) > 1}
    return Result(len(twice), [place for name in sorted(twice) for place in twice[name]], len(places))


def measure_ambiguous_names(tree: Tree) -> Result:
    """Count the class names that have a word with two meanings."""
    offenders, total = [], 0
    for module, node in classes(tree.modules):
        total += 1
        words = set(re.findall(r"[A-Z][a-z0-9]*", node.name))
        if words & CLASS_WORDS or node.name in CLASS_NAMES:
            offenders.append(Offender(module.path, node.lineno, node.name))
    return Result.count(offenders, total)


# --- the table ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table."""

    name: str
    title: str
    take: Callable[[Tree], Result]
    target: float | None
    unit: str = ""


MEASURES = (
    Measure("bindings", "bindings named told, asked, found, one ...", measure_bindings, 0.1, "%"),
    Measure("docstrings", "docstrings that begin What, Who, How ...", measure_docstring_questions, 2, "%"),
    Measure(
        "imperative", "function docstrings that are not imperative", measure_docstrings_not_imperative, 5, "%"
    ),
    Measure("tests", "test files not named after a module", measure_test_files, 25, "%"),
    Measure("cycle-hub", "packages in the hub's largest import cycle", cycle_of("hub_sync.hub"), 0),
    Measure("cycle-kiosk", "packages in kiosk_app's largest import cycle", cycle_of("kiosk_app"), 0),
    Measure("flat", "files in flat folders of more than 20", measure_flat_folders, 0, "%"),
    Measure("domains", "imports that pass by a domain's service", measure_domain_imports, 0),
    Measure("twice", "class names that stand twice", measure_class_names_twice, 0),
    Measure("words", "class names with a word of two meanings", measure_ambiguous_names, 0),
    Measure("modules", "modules with a denied name", measure_module_names, 0),
    Measure("short", "modules of under 50 lines", measure_short_modules, None),
)

LIMITS_NOT_MET: dict[str, float] = {}
"""Limits of today, for what is not as asked yet: they only go down."""


def limit(measure: Measure) -> float | None:
    return LIMITS_NOT_MET.get(measure.name, measure.target)


def row(measure: Measure, result: Result) -> str:
    allowed = limit(measure)
    value = f"{result.value:.2f} %" if measure.unit else f"{result.value:.0f}"
    total = f"of {result.total}" if result.total is not None else ""
    bound = "-" if allowed is None else f"{allowed:g}{' %' if measure.unit else ''}"
    over = "  OVER" if is_over(measure, result) else ""
    target = f" (target {measure.target:g})" if measure.name in LIMITS_NOT_MET else ""
    return f"{measure.name:<12} {measure.title:<46} {value:>9} {total:>9} {bound:>8}{target}{over}"


def is_over(measure: Measure, result: Result) -> bool:
    allowed = limit(measure)
    return allowed is not None and round(result.value, 2) > allowed


def main(arguments: list[str] | None = None, root: Path | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a value is over its limit")
    parser.add_argument("--json", action="store_true", help="print the values as JSON")
    parser.add_argument(
        "--list", choices=[measure.name for measure in MEASURES], help="print the offenders of a measure"
    )
    parser.add_argument("paths", nargs="*", help="with --list: only those in these folders or files")
    options = parser.parse_args(arguments)
    tree = Tree(root or Path.cwd())
    if options.list:
        measure = next(measure for measure in MEASURES if measure.name == options.list)
        paths = tuple(path.rstrip("/") for path in options.paths)
        for offender in measure.take(tree).offenders:
            if not paths or any(
                offender.path == path or offender.path.startswith(path + "/") for path in paths
            ):
                print(offender)
        return 0
    results = {measure.name: measure.take(tree) for measure in MEASURES}
    if options.json:
        print(
            json.dumps(
                {
                    m.name: {
                        "value": round(results[m.name].value, 3),
                        "of": results[m.name].total,
                        "allowed": limit(m),
                        "target": m.target,
                    }
                    for m in MEASURES
                },
                indent=1,
            )
        )
    else:
        print(f"{'measure':<59} {'value':>9} {'':>9} {'allowed':>8}")
        for measure in MEASURES:
            print(row(measure, results[measure.name]))
    return int(options.check and any(is_over(measure, results[measure.name]) for measure in MEASURES))


if __name__ == "__main__":
    sys.exit(main())
