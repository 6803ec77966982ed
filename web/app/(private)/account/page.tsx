import type { Metadata } from "next";
import { Devices } from "@/components/account/devices";
import { Profile } from "@/components/account/profile";

export const metadata: Metadata = { title: "Account" };

export default function Page() {
  return (
    <>
      <h1>Account</h1>
      <Profile />
      <Devices />
    </>
  );
}
