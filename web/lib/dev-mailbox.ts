/** Where a server on a developer's machine keeps the letters it would have sent. */
export const DEV_MAILBOX = "/dev/mail";

const THIS_MACHINE = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether this server has such a mailbox. Asked only where there can be one: on the machine it runs on. */
export async function hasDevMailbox(): Promise<boolean> {
  if (!THIS_MACHINE.test(window.location.hostname)) return false;
  const answer = await fetch(DEV_MAILBOX, { method: "HEAD" }).catch(() => null);
  return answer?.ok === true;
}
