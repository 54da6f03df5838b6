"""`python -m llmwidgets`."""

import sys

from llmwidgets.cli import main

sys.exit(main())
