// Servers that start and end together.

/** What has been started, or is starting, and will be stopped: the last one first. */
export class Running {
  #starts = [];

  /** Takes the promise of what has a `stop()`, and gives it back. */
  keep = (start) => {
    // A failure is seen by whoever waits for it.
    start.catch(() => {});
    this.#starts.push(start);
    return start;
  };

  /** Stops all, also where one of them fails to; that failure is then its own. */
  stop = async () => {
    const failures = [];
    for (const start of this.#starts.splice(0).reverse()) {
      const server = await start.catch(() => undefined);
      await server?.stop().catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
}

/**
 * What `start(keep)` gives, with a `stop()` for all that it has handed to `keep`. Where it fails, they are
 * stopped at once.
 */
export async function startTogether(start) {
  const { keep, stop } = new Running();
  try {
    return { ...(await start(keep)), stop };
  } catch (error) {
    // What fails here as well fails for that reason.
    await stop().catch(() => {});
    throw error;
  }
}
