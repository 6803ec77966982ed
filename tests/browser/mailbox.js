// The letters that the server has written, where it has nobody to send them: `/dev/mail`.
import { expect } from "./fixtures.js";

/** The link in the newest letter to `address`, once there are `count` of them. */
export async function mailedLink(server, address, count = 1) {
  let letters = [];
  const arrived = async () => {
    const answer = await fetch(`${server.url}/dev/mail`, { headers: { accept: "application/json" } });
    letters = (await answer.json()).filter(({ to }) => to === address);
    return letters.length;
  };
  await expect.poll(arrived, { message: `letters to ${address}` }).toBe(count);
  return letters.at(-1).text.match(/https?:\/\/\S+/)[0];
}
