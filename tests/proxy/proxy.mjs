// nginx with the example's own file, on free ports, with a certificate made for the occasion.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { request as requestOverTls } from "node:https";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startNpm } from "../differential/servers.mjs";
import { dataFolder, freePort, startServer } from "../support/server.mjs";
import { startTessera } from "../support/tessera.mjs";
import { startTogether } from "../support/together.mjs";

const example = resolve(fileURLToPath(import.meta.url), "../../../examples/nginx");

/** The name in the example. */
export const HOST = "example.com";
export const ORIGIN = `https://${HOST}`;

/**
 * The example, running: nginx and, behind it, the two halves with the settings of the example's
 * `tessera.toml` and these. With an `algorithm`, the halves share no secret: the API fetches the keys.
 */
export function startExample({ algorithm, ...settings } = {}) {
  return startTogether(async (keep) => {
    const { folder } = await keep(makeFolder());
    const port = await freePort();
    const config = join(folder, "tessera.toml");
    await writeFile(config, await toml(folder, port, algorithm));
    const shared = { TESSERA_CONFIG: config, TESSERA_RATE_LIMIT: "on", ...settings };
    const auth = await keep(startTessera({ ...shared, PORT: String(port), TESSERA_ONLY: "auth" }));
    const api = await keep(startTessera({ ...shared, TESSERA_ONLY: "api" }));
    const nginx = await keep(startNginx(folder, { auth, api }));
    return { auth, api, ...nginx };
  });
}

/**
 * The example with the npm package for an auth server: it signs tokens with a key pair, or with `secret`,
 * which the API then shares. The API has the pages.
 */
export function startWithNpm({ secret }) {
  return startTogether(async (keep) => {
    const { folder } = await keep(makeFolder());
    const tlsPort = await freePort();
    const url = `https://localhost:${tlsPort}`;
    const shared = secret === undefined ? {} : { SHARED_JWT_SECRET: secret };
    const database = { url: `sqlite:${join(folder, "npm.db")}` };
    const npm = await keep(startNpm({ environment: { BETTER_AUTH_URL: url, ...shared } }, database));
    const npmUrl = `http://127.0.0.1:${npm.port}`;
    const api = await keep(
      startTessera({
        ...(secret === undefined
          ? { TESSERA_JWKS_URL: `${npmUrl}/api/auth/jwks` }
          : { TESSERA_JWT_SECRET: secret }),
        BETTER_AUTH_URL: url,
        TESSERA_ONLY: "api",
        TESSERA_WEB_APP: "on",
      }),
    );
    await keep(startNginx(folder, { auth: { url: npmUrl }, api, pages: api, tlsPort }));
    return { url, secrets: api.secrets };
  });
}

async function makeFolder() {
  const folder = await dataFolder();
  // nginx reads what it buffers as a user of its own.
  await chmod(folder, 0o755);
  return { folder, stop: () => rm(folder, { recursive: true, force: true }) };
}

/** The example's settings, with secrets of the test's own. Where data is, the environment says. */
async function toml(folder, port, algorithm) {
  let text = await readFile(join(example, "tessera.toml"), "utf8");
  for (const name of ["auth-secret", "jwt-secret"]) {
    await writeFile(join(folder, name), `${name} of at least thirty-two bytes`, { mode: 0o600 });
    text = replaced(text, `/etc/tessera/${name}`, join(folder, name));
  }
  if (algorithm === undefined) return text;
  text = replaced(text, "jwt_secret_file", "# jwt_secret_file");
  text = replaced(text, '# jwt_algorithm = "EdDSA"', `jwt_algorithm = "${algorithm}"`);
  text = replaced(text, "# jwks_url", "jwks_url");
  return replaced(text, "127.0.0.1:3000", `127.0.0.1:${port}`);
}

async function startNginx(folder, { auth, api, pages = auth, tlsPort }) {
  tlsPort ??= await freePort();
  const plainPort = await freePort();
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  makeCertificate(certificate, key);

  let server = await readFile(join(example, "tessera.conf"), "utf8");
  if (pages === api) {
    const inAuth = "127.0.0.1:3000;\n    keepalive 32;\n    keepalive_timeout";
    server = replaced(server, `${inAuth} 20s;`, `${inAuth} 4s;`);
    server = server.replaceAll(`server_name ${HOST};`, "server_name localhost;");
    const inPages = "location / {\n        proxy_pass http://tessera_";
    server = replaced(server, `${inPages}auth;`, `${inPages}api;`);
  }
  server = replaced(server, "127.0.0.1:3000", `127.0.0.1:${new URL(auth.url).port}`);
  server = replaced(server, "127.0.0.1:3001", `127.0.0.1:${new URL(api.url).port}`);
  server = replaced(server, "listen 80;", `listen 127.0.0.1:${plainPort};`);
  server = replaced(server, "listen 443 ssl default_server;", `listen 127.0.0.1:${tlsPort} ssl default_server;`);
  server = replaced(server, "listen 443 ssl;", `listen 127.0.0.1:${tlsPort} ssl;`);
  // Not every machine that runs tests has IPv6.
  server = replaced(server, "    listen [::]:80;\n", "");
  server = replaced(server, "    listen [::]:443 ssl default_server;\n", "");
  server = replaced(server, "    listen [::]:443 ssl;\n", "");
  server = replaced(server, "/etc/ssl/example.com/fullchain.pem", certificate);
  server = replaced(server, "/etc/ssl/example.com/key.pem", key);
  const logFile = join(folder, "access.log");
  server = replaced(server, "/var/log/nginx/access.log", logFile);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
    ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n    ")}
${server}
}
`,
  );

  const ca = await readFile(certificate, "utf8");
  /**
   * Asks nginx over TLS; `from` is the client's own address, any of 127.0.0.0/8, and `servername` whom the
   * handshake names.
   */
  const ask = (method, path, { from = "127.0.0.1", servername = HOST, headers = {}, body } = {}) =>
    answer(requestOverTls, {
      ...{ host: "127.0.0.1", port: tlsPort, servername, ca, localAddress: from },
      ...{ method, path, headers: { host: HOST, ...headers } },
      body,
    });
  const askPlainly = (method, path, host = HOST) =>
    answer(request, { host: "127.0.0.1", port: plainPort, method, path, headers: { host } });

  const { stop } = await startServer({
    program: "nginx",
    args: ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")],
    url: `http://127.0.0.1:${plainPort}`,
    isReady: () => askPlainly("GET", "/"),
  });
  /** The lines of the log of nginx. */
  const accessLog = async () => (await readFile(logFile, "utf8")).trimEnd().split("\n");
  return { ask, askPlainly, accessLog, stop };
}

/** Asks one process directly, past nginx, from this address. */
export function askDirectly(server, method, path, { from, headers, body }) {
  const { port } = new URL(server.url);
  return answer(request, { host: "127.0.0.1", port, localAddress: from, method, path, headers, body });
}

/** Sends it on a connection of its own; resolves to status, headers and body as text. */
async function answer(send, { body, ...options }) {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const sent = send({ ...options, agent: false, headers: { ...json, ...options.headers } });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode, headers: response.headers, body: text };
}

function makeCertificate(certificate, key) {
  const subject = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`];
  const pair = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...pair, ...subject, ...files], { stdio: "pipe" });
}

/** The text with its one `from` replaced: an example that no longer has it is not what is tested. */
function replaced(text, from, to) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`the example has ${parts.length - 1} times ${from}`);
  return parts.join(to);
}
