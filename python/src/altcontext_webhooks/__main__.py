"""``python -m altcontext_webhooks``."""

import sys

from .cli import main

sys.exit(main())
