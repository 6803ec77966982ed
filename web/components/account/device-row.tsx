import type { Device } from "@/lib/auth";
import { ago } from "@/lib/dates";
import { deviceName } from "@/lib/user-agent";
import styles from "./account.module.css";

interface Props {
  device: Device;
  action: { label: string; run: () => void };
  isHere?: boolean;
}

/** One place where the person is signed in. */
export function DeviceRow({ device, action, isHere = false }: Props) {
  const now = new Date();
  const name = deviceName(device.userAgent);
  return (
    <li className={styles.device}>
      <div>
        <p className={styles.deviceName}>
          {name}
          {isHere && <span className={styles.here}>This device</span>}
        </p>
        <p className={styles.deviceTimes}>
          Signed in <time dateTime={device.createdAt.toISOString()}>{ago(device.createdAt, now)}</time>, last
          active <time dateTime={device.updatedAt.toISOString()}>{ago(device.updatedAt, now)}</time>
        </p>
      </div>
      <button
        type="button"
        className="button"
        aria-label={isHere ? `${action.label} on this device` : `${action.label} the session of ${name}`}
        onClick={action.run}
      >
        {action.label}
      </button>
    </li>
  );
}
