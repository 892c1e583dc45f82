"""`python -m tests.integration.images`; see the package."""

from tests.integration.images.build import main

raise SystemExit(main())
