"""`python -m ubora` is `ubora`."""

import sys

from ubora.command import main

sys.exit(main())
