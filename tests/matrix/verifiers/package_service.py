"""A service with the package `tessera`: one app, and under a path of its own each issuer's callers."""

import json
import os
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI

from tessera.fastapi import Caller, Tessera

app = FastAPI()


def serve(path: str, issuer: dict[str, Any]) -> None:
    """Serves the callers of one issuer."""
    keys = (
        {"jwks_url": issuer["jwksUrl"]}
        if "jwksUrl" in issuer
        # The one that signs now, and the one that will.
        else {"secret": issuer["secrets"]}
    )
    auth = Tessera(issuer["origin"], issuer["origin"], **keys)

    @app.get(f"/{path}/me")
    async def me(caller: Annotated[Caller, Depends(auth.caller)]) -> dict[str, str]:
        return {"user_id": caller.user_id}


for path, issuer in json.loads(os.environ["ISSUERS"]).items():
    serve(path, issuer)

uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning")
