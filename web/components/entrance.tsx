"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { explain } from "@/lib/plain-words";
import { sessionQuery } from "@/lib/session";
import { LoadFailure } from "./load-failure";
import { Mark } from "./mark";

/** The front page: sends on to the tasks or to sign-in; a link in a letter that failed, to what can be done. */
export function Entrance() {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const router = useRouter();

  useEffect(() => {
    const { search } = window.location;
    if (new URLSearchParams(search).has("error")) router.replace(`/verify${search}`);
    else if (session !== undefined) router.replace(session.signedIn ? "/tasks" : "/sign-in");
  }, [session, router]);

  return (
    <main className="alone">
      <Mark />
      <h1>Tessera</h1>
      {session === undefined && error !== null ? (
        <LoadFailure message={explain(error).message} onRetry={() => void refetch()} />
      ) : (
        <p role="status">Opening your tasks…</p>
      )}
    </main>
  );
}
