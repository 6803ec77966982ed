import type { Metadata } from "next";
import { Address } from "@/components/account/address";
import { Deletion } from "@/components/account/deletion";
import { Devices } from "@/components/account/devices";
import { Password } from "@/components/account/password";
import { Profile } from "@/components/account/profile";

export const metadata: Metadata = { title: "Account" };

export default function Page() {
  return (
    <>
      <h1>Account</h1>
      <Profile />
      <Address />
      <Password />
      <Devices />
      <Deletion />
    </>
  );
}
