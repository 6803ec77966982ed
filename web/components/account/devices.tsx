"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, type Ref, useRef, useState } from "react";
import { LoadFailure } from "@/components/load-failure";
import { useNotices } from "@/components/notices";
import { useCurrent } from "@/components/signed-in";
import { Skeleton } from "@/components/skeleton";
import { useSignOut } from "@/components/use-sign-out";
import { endDevice, endOtherDevices, fetchDevices } from "@/lib/auth";
import { explain } from "@/lib/plain-words";
import { RequestError } from "@/lib/request-error";
import { sessionQuery } from "@/lib/session";
import styles from "./account.module.css";
import { DeviceRow } from "./device-row";
import { SignInAgain } from "./sign-in-again";

/** Where the person is signed in, and how to end it. */
export function Devices() {
  const { person, sessionId } = useCurrent();
  const queryClient = useQueryClient();
  const { announce, report } = useNotices();
  const signOut = useSignOut();
  const heading = useRef<HTMLHeadingElement>(null);
  const [ending, setEnding] = useState(false);
  const devices = useQuery({
    queryKey: ["devices", person.id],
    queryFn: fetchDevices,
    select: (found) => found.toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime()),
  });

  async function end(what: string, call: () => Promise<void>) {
    if (ending) return;
    setEnding(true);
    try {
      await call();
      await devices.refetch();
      announce(`${what} ended.`);
      heading.current?.focus();
    } catch (error) {
      if (error instanceof RequestError && error.status === 401) {
        await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
      } else {
        report(`${what} could not be ended. ${explain(error).message}`, () => void end(what, call));
      }
    } finally {
      setEnding(false);
    }
  }

  if (devices.isPending)
    return (
      <Section heading={heading}>
        <Skeleton label="Loading your sessions" />
      </Section>
    );
  if (devices.data === undefined) {
    const notFresh = devices.error instanceof RequestError && devices.error.code === "SESSION_NOT_FRESH";
    return (
      <Section heading={heading}>
        {notFresh ? (
          <SignInAgain email={person.email} onDone={() => void devices.refetch()} />
        ) : (
          <LoadFailure message={explain(devices.error).message} onRetry={() => void devices.refetch()} />
        )}
      </Section>
    );
  }

  const here = devices.data.find(({ id }) => id === sessionId);
  const others = devices.data.filter(({ id }) => id !== sessionId);
  return (
    <Section heading={heading}>
      <ul role="list" className={styles.devices} aria-busy={ending}>
        {here !== undefined && (
          <DeviceRow device={here} action={{ label: "Sign out", run: signOut }} isHere />
        )}
        {others.map((device) => (
          <DeviceRow
            key={device.id}
            device={device}
            action={{ label: "End", run: () => void end("The session", () => endDevice(device.token)) }}
          />
        ))}
      </ul>
      {others.length > 0 && (
        <button
          type="button"
          className="button"
          aria-disabled={ending}
          onClick={() => void end("All other sessions", endOtherDevices)}
        >
          End all other sessions
        </button>
      )}
    </Section>
  );
}

function Section({ heading, children }: { heading: Ref<HTMLHeadingElement>; children: ReactNode }) {
  return (
    <section className={styles.section} aria-labelledby="devices">
      <h2 id="devices" ref={heading} tabIndex={-1}>
        Where you are signed in
      </h2>
      {children}
    </section>
  );
}
