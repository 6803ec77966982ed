import next from "@next/eslint-plugin-next";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: [".next/", "out/", "next-env.d.ts", "lib/api-types.ts"] },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [
      ...ts.configs.strictTypeChecked,
      ...ts.configs.stylisticTypeChecked,
      hooks.configs.flat["recommended-latest"],
      a11y.flatConfigs.strict,
      next.configs["core-web-vitals"],
    ],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers in template strings are safe and read better than String(n).
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Safari drops list semantics from lists without bullets unless the role is said.
      "jsx-a11y/no-redundant-roles": ["error", { ul: ["list"] }],
    },
  },
  {
    files: ["tests/**/*.ts"],
    // node:test's `test` returns a promise that the runner itself awaits.
    rules: { "@typescript-eslint/no-floating-promises": "off" },
  },
);
