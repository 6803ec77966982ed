// The settings of both servers under which scenarios run, each started once. `options` and `jwt` are the
// npm package's own, `tessera` is Tessera's environment.
export const configurations = [
  {
    name: "default",
    options: {},
    tessera: { TESSERA_REFUSE_COMMON_PASSWORDS: "off" },
  },
];
