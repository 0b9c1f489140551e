"""Loads the module that a user names, and finds the project in it."""

import importlib
import importlib.util
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType

from pydantic import ValidationError

from moose_dagster.cli.validation import listed_faults
from moose_dagster.declare.in_module import project_in_module
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError


def load_module(reference: str) -> ModuleType:
    """Return the module called *reference* (`package.module` or a path ending in .py).

    Raises:
        MooseDagsterError: There is no such module, or it raises; the message says where.
    """
    if reference.startswith(".") and not reference.endswith(".py"):
        raise MooseDagsterError(
            f"{reference} is not a module; name package.module or a file that ends in .py."
        )
    # Modules in the working directory can be imported, as in Dagster.
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return (
            _load_file(Path(reference))
            if reference.endswith(".py")
            else importlib.import_module(reference)
        )
    except ModuleNotFoundError as error:
        if error.name and (reference == error.name or reference.startswith(f"{error.name}.")):
            raise MooseDagsterError(
                f"{reference}: there is no module {error.name} in {Path.cwd()} or on sys.path."
            ) from error
        raise MooseDagsterError(_failure(reference, error)) from error
    except MooseDagsterError:
        raise
    except SystemExit as error:
        text = f"it ends the program with exit code {error.code}."
        raise MooseDagsterError(
            _failure(reference, SystemExit(text).with_traceback(error.__traceback__))
        ) from error
    except Exception as error:
        # A user's module may raise anything.
        raise MooseDagsterError(_failure(reference, error)) from error


def project_in(reference: str) -> tuple[Project, ModuleType]:
    """Return the project that *reference* names, and its module.

    Args:
        reference: `package.module:attribute`, or a module or file that holds exactly one project.

    Raises:
        MooseDagsterError: There is no such project; the message lists the ones there are.
    """
    path, _, attribute = reference.partition(":")
    module = load_module(path)
    return project_in_module(module, path, attribute), module


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise MooseDagsterError(f"{path}: this file does not exist.")
    path = path.resolve()
    package = _package_of(path)
    root = path.parents[len(package)]
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    if package:
        return importlib.import_module(".".join((*package, path.stem)))
    # The file may have the name of a module of the standard library.
    name = f"moose_dagster_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise MooseDagsterError(f"{path} is not a Python file.")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _package_of(path: Path) -> tuple[str, ...]:
    """Return the packages that contain a file, so that its relative imports work."""
    names = list[str]()
    for folder in path.parents:
        if not (folder / "__init__.py").is_file():
            break
        names.insert(0, folder.name)
    return tuple(names)


def _failure(reference: str, error: Exception | SystemExit) -> str:
    if isinstance(error, SyntaxError):
        return f"{reference} can't be loaded: {error.filename}, line {error.lineno}: {error.msg}."
    if isinstance(error, ValidationError):
        what = f"{error.title}: {listed_faults(error)}"
    else:
        what = f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in frames if _is_user_code(frame.filename)]
    where = f"{frames[-1].filename}, line {frames[-1].lineno}: " if frames else ""
    return f"{reference} can't be loaded: {where}{what}"


def _is_user_code(filename: str) -> bool:
    others = {Path(__file__).parents[1], Path(sysconfig.get_path("stdlib"))}
    return (
        not filename.startswith("<")
        and "site-packages" not in filename
        and others.isdisjoint(Path(filename).parents)
    )
