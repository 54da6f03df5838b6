# ruff: noqa: INP001 (no package: a folder that is put on the path)
"""Stands on the path of Ray's processes before the package of this name, as if that were not installed.

jsonschema, which all of them import, would build a grammar of web addresses from it: 3.5 s of each process, for nothing that Ray does. It is
there where JupyterLab is.
"""

msg = "not needed here"
raise ImportError(msg)
