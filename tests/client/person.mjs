// A person with a browser of their own: the real client, a cookie jar, and the Origin a page has.
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";

export function person(server) {
  const cookies = new Map();
  const headersSeen = { jwt: null, authToken: null };

  async function fetchLikeAPage(input, init = {}) {
    const headers = new Headers(init.headers);
    const password = typeof init.body === "string" && JSON.parse(init.body).password;
    if (password) server.secrets.add(password);
    headers.set("origin", server.url);
    if (cookies.size > 0) {
      headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const response = await fetch(input, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (attributes.includes("Max-Age=0")) cookies.delete(name);
      else cookies.set(name, value);
      // The cookie, and the session token in it.
      if (value) server.secrets.add(value).add(value.split(".")[0]);
    }
    headersSeen.jwt = response.headers.get("set-auth-jwt") ?? headersSeen.jwt;
    headersSeen.authToken = response.headers.get("set-auth-token") ?? headersSeen.authToken;
    if (headersSeen.jwt) server.secrets.add(headersSeen.jwt);
    return response;
  }

  const auth = createAuthClient({
    baseURL: server.url,
    plugins: [jwtClient()],
    fetchOptions: { customFetchImpl: fetchLikeAPage },
  });

  /** Calls the task API with a token, as the web app does. */
  async function api(method, path, { token, body } = {}) {
    if (token) server.secrets.add(token);
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  return { auth, api, cookies, headersSeen, fetchLikeAPage };
}

let count = 0;

/** Sign-up data of somebody new. */
export function somebody(name = "Ada Lovelace") {
  count += 1;
  return { name, email: `person-${process.pid}-${count}@example.com`, password: `analytical engine no ${count}` };
}
