import type { ReactNode } from "react";
import { SignedIn } from "@/components/signed-in";

export default function PrivateLayout({ children }: { children: ReactNode }) {
  return <SignedIn>{children}</SignedIn>;
}
