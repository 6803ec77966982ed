import type { ReactNode } from "react";
import { Mark } from "@/components/mark";
import styles from "./guest.module.css";

export default function GuestLayout({ children }: { children: ReactNode }) {
  return (
    <div className={styles.page}>
      <div className={styles.mosaic} aria-hidden="true" />
      <main className={styles.main}>
        <p className={styles.brand}>
          <Mark />
          Tessera
        </p>
        {children}
      </main>
    </div>
  );
}
