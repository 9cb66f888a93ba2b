"""Serve fitted models over HTTP, and ask such a service."""

from importlib import import_module

_WHERE = {
    "Client": "skemotion.serving.client",
    "ServiceError": "skemotion.serving.client",
    "Settings": "skemotion.serving.settings",
    "create_app": "skemotion.serving.app",
    "serve": "skemotion.serving.server",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.serving' has no attribute {name!r}")


def __dir__():
    return __all__
