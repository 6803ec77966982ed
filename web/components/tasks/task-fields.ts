import { type Problems, textOf } from "@/components/use-form";
import { descriptionProblem, titleProblem } from "@/lib/validation";
import type { TaskFields } from "./use-tasks";

/** What is wrong with a task as typed into a form. */
export function taskProblems(values: FormData): Problems {
  return {
    title: titleProblem(textOf(values, "title")),
    description: descriptionProblem(textOf(values, "description")),
  };
}

/** A task as typed into a form. */
export function taskFields(values: FormData): TaskFields {
  return {
    title: textOf(values, "title").trim(),
    description: textOf(values, "description").trim() || null,
  };
}
