import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { Providers } from "@/components/providers";
import "./globals.css";
import "./controls.css";

export const metadata: Metadata = {
  title: { default: "Tessera", template: "%s · Tessera" },
  description: "A task list that is yours alone.",
  icons: { icon: { url: "/icon.svg", type: "image/svg+xml" } },
  // Private pages; and a phone must not turn numbers in titles into links.
  robots: { index: false, follow: false },
  formatDetection: { telephone: false, date: false, address: false, email: false },
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6f7f5" },
    { media: "(prefers-color-scheme: dark)", color: "#111715" },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <noscript>
          <p className="noscript">Tessera needs JavaScript. Turn it on for this page and load it again.</p>
        </noscript>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
