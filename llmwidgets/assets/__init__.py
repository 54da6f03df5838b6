"""Models and vocabularies on disk: where the default model and the GPT vocabularies come from, and whether they are whole.

    python -m llmwidgets.assets             bring what is missing; quick when all is there
    python -m llmwidgets.assets --verify    also hash every file again

Loading a model is no part of this: `engines/loading.py` does that from the folder that `default_model` names.
"""

from llmwidgets.assets.folders import cache_directory
from llmwidgets.assets.models import DefaultModel, default_encoder, default_gguf, default_model
from llmwidgets.assets.vocabularies import ensure_tiktoken, vocabulary

__all__ = [
    "DefaultModel",
    "cache_directory",
    "default_encoder",
    "default_gguf",
    "default_model",
    "ensure_tiktoken",
    "vocabulary",
]
