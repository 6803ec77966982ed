/** Once, before the first request: makes the tables that are not there yet. */
export async function register() {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { getMigrations } = await import("better-auth/db/migration");
  const { auth } = await import("@/lib/auth");
  await auth.$context; // throws what is wrong with the settings
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
}
