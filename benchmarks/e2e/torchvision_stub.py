"""A stand-in for torchvision, for packages that import it at their top and never call it here.

The torchvision of the package index is built for one torch alone, and not for this project's. timm needs of it no more than that names exist,
to build models.
"""
import importlib.abc
import importlib.machinery
import sys
import types

INTERPOLATION = ("NEAREST", "NEAREST_EXACT", "BILINEAR", "BICUBIC", "BOX", "HAMMING", "LANCZOS")


class _Anything(type):
    """Classes whose every attribute exists; the interpolation modes are the strings that torchvision has."""

    def __getattr__(cls, name):
        if name in INTERPOLATION:
            return name.lower()
        raise AttributeError(name)


class _Module(types.ModuleType):
    __path__ = ()  # a package, so that its modules are looked for (and found) here too

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = _Anything(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] == "torchvision":
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        pass


def install():
    """Let `import torchvision` find the stand-in from now on."""
    sys.meta_path.insert(0, _Finder())
