import type { Metadata } from "next";
import { Verification } from "@/components/auth/verification";

export const metadata: Metadata = { title: "Your e-mail address" };

export default function Page() {
  return <Verification />;
}
