import type { Metadata } from "next";
import { Goodbye } from "@/components/auth/goodbye";

export const metadata: Metadata = { title: "Goodbye" };

export default function Page() {
  return <Goodbye />;
}
