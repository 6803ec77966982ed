// The settings of both servers under which scenarios run, each started once. `options` and `jwt` are the
// npm package's own, `tessera` is Tessera's environment.
const TRUSTED = ["https://app.example.com", "https://*.preview.example.com", "myapp://"];

export const configurations = [
  {
    name: "default",
    options: { trustedOrigins: TRUSTED },
    tessera: { TESSERA_TRUSTED_ORIGINS: TRUSTED.join(",") },
  },
];
