import { Entrance } from "@/components/entrance";

export default function Page() {
  return <Entrance />;
}
