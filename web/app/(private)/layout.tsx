import type { ReactNode } from "react";
import { AppHeader } from "@/components/app-header";
import { SignedIn } from "@/components/signed-in";

export default function PrivateLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <AppHeader />
      <main id="main" className="page" tabIndex={-1}>
        <SignedIn>{children}</SignedIn>
      </main>
    </>
  );
}
