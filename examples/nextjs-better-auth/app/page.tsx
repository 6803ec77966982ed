import { headers } from "next/headers";
import { EntranceForm } from "@/components/entrance-form";
import { TaskList } from "@/components/task-list";
import { auth } from "@/lib/auth";

export default async function Page() {
  const session = await auth.api.getSession({ headers: await headers() });
  if (session === null) return <EntranceForm />;
  const { id, name } = session.user;
  return <TaskList key={id} apiUrl={process.env.TASKS_API_URL ?? ""} userId={id} name={name} />;
}
