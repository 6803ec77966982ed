import { SessionOverError, TokenDroppedError, type TokenKeeper } from "./token-keeper";

interface Parts {
  keeper: TokenKeeper;
  fetch: (request: Request) => Promise<Response>;
  /** Told once for each request that found the session over. */
  onSessionOver: () => void;
}

/**
 * A `fetch` that carries the JWT (RFC 6750), and after a 401 renews it and tries
 * once more. A second 401 is the answer: it is the API, not the session, that
 * refuses. An answer that arrives after sign-out is thrown away.
 */
export function createAuthorizedFetch({ keeper, fetch, onSessionOver }: Parts) {
  return async (request: Request): Promise<Response> => {
    const epoch = keeper.epoch;
    const send = async (jwt: string) => {
      const copy = request.clone();
      copy.headers.set("authorization", `Bearer ${jwt}`);
      const response = await fetch(copy);
      if (keeper.epoch !== epoch) throw new TokenDroppedError();
      return response;
    };
    try {
      const jwt = await keeper.current();
      const response = await send(jwt);
      return response.status === 401 ? await send(await keeper.refused(jwt)) : response;
    } catch (error) {
      if (error instanceof SessionOverError) onSessionOver();
      throw error;
    }
  };
}
