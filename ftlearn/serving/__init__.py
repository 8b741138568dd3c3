"""A trained classifier as a file, and behind a small HTTP service: ``pip install 'ftlearn[serve]'`` for the second."""

from ftlearn.serving.app import make_app
from ftlearn.serving.files import load_model, save_model
from ftlearn.serving.model import ServedModel
from ftlearn.serving.server import in_background, serve

__all__ = ["ServedModel", "in_background", "load_model", "make_app", "save_model", "serve"]
