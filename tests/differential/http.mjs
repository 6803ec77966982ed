// One exchange, with exactly the headers that are given: fetch would add some of its own.
import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true });

/**
 * `target` is a path, or whatever else should stand in the request line. Resolves to
 * `{ status, headers: [[name, value]], text }`, header names in lower case and in the order of the wire.
 */
export function exchange(port, { method, target, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const message = request({ host: "127.0.0.1", port, agent, method, path: target, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const pairs = [];
        for (let at = 0; at < answer.rawHeaders.length; at += 2) {
          pairs.push([answer.rawHeaders[at].toLowerCase(), answer.rawHeaders[at + 1]]);
        }
        resolve({ status: answer.statusCode, headers: pairs, text: Buffer.concat(chunks).toString() });
      });
    });
    message.on("error", reject);
    message.end(body);
  });
}
