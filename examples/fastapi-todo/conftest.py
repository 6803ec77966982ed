"""What `app.py` reads as it is imported."""

import os
import tempfile
from pathlib import Path

from tessera.testing import SECRET

folder = tempfile.TemporaryDirectory()
os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder.name, 'tasks.db')}"
os.environ["BETTER_AUTH_URL"] = "https://auth.test"
os.environ["TESSERA_JWT_SECRET"] = SECRET
os.environ["TESSERA_CORS_ORIGINS"] = "https://app.test"
