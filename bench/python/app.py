"""Two services that differ in who verifies: `uvicorn app:with_tessera`, `uvicorn app:with_pyjwt`.

The second is what a careful hand writes with FastAPI and PyJWT.
"""

# Without `from __future__ import annotations`: FastAPI could not find what is local to a function.
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tessera.fastapi import Caller, Tessera
from tessera.testing import AUDIENCE, ISSUER, SECRET


def with_tessera() -> FastAPI:
    """Protected by this package."""
    app = FastAPI()
    auth = Tessera(issuer=ISSUER, audience=AUDIENCE, secret=SECRET)

    @app.get("/api/me")
    async def me(caller: Annotated[Caller, Depends(auth.caller)]) -> dict[str, Any]:
        return {"user_id": caller.user_id, "email": caller.email}

    return app


def with_pyjwt() -> FastAPI:
    """Protected by hand."""
    app = FastAPI()
    bearer = HTTPBearer(auto_error=False)
    challenge = {"WWW-Authenticate": "Bearer"}

    async def claims(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> dict[str, Any]:
        if credentials is None:
            raise HTTPException(401, "Not authenticated", challenge)
        try:
            return jwt.decode(
                credentials.credentials,
                SECRET,
                algorithms=["HS256"],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.PyJWTError:
            raise HTTPException(401, "Invalid token", challenge) from None

    @app.get("/api/me")
    async def me(caller: Annotated[dict[str, Any], Depends(claims)]) -> dict[str, Any]:
        return {"user_id": caller["sub"], "email": caller["email"]}

    return app
