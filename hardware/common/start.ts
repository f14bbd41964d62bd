// The composition that all boards with Moddable share: everything but the AFE. Starts the monitor, the network, and the care for faults.
import Resolver from "embedded:network/dns/resolver/udp";
import MQTTClient from "embedded:network/mqtt/client";
import FlashStorage from "embedded:storage/flash";
import Timer from "timer";
import type { Afe } from "../../src/contracts/afe.js";
import type { Board } from "../../src/contracts/board.js";
import type { BoardUpdate } from "../../src/contracts/update.js";
import type { Flash } from "../../src/contracts/flash.js";
import { MqttUplink } from "../../src/platform/ecma419/mqtt-uplink.js";
import { AbsentFlash } from "../../src/platform/xs/absent-flash.js";
import { XsAead } from "../../src/platform/xs/aead.js";
import { XsClock } from "../../src/platform/xs/clock.js";
import { XsFlash } from "../../src/platform/xs/flash.js";
import { GuardedTcp } from "../../src/platform/xs/guarded-tcp.js";
import { GuardedUdp } from "../../src/platform/xs/guarded-udp.js";
import { TraceIndicator } from "../../src/platform/xs/indicator.js";
import { nameServers } from "../../src/platform/xs/name-servers.js";
import { RestartNote, noteFault } from "../../src/platform/xs/restart-note.js";
import { run } from "../../src/platform/xs/run.js";
import { tlsIdentityOf } from "../../src/platform/xs/tls-identity.js";
import { TlsSocket } from "../../src/platform/xs/tls-socket.js";
import { XsStore } from "../../src/platform/xs/store.js";
import { storedProvision } from "../../src/platform/xs/stored-provision.js";
import { monitorSettings, portSetting, textSetting } from "../../src/platform/xs/settings.js";
import { WifiKeeper } from "../../src/platform/xs/wifi.js";

/** Label of the journal's partition in every board's partitions.csv. */
const JOURNAL_PARTITION = "journal";
/** The reason of a restart is in the journal by then, and a start that fails at once has had time to say so. [ms] */
const NOTE_KEPT_MS = 5000;

/** Starts the device. @param openAfe opens the board's AFE; see Board. @param update if the board takes updates over the air */
export function start(openAfe: () => Afe, update?: BoardUpdate, indicator = new TraceIndicator()): void {
  // The engine calls this before it restarts the device, except for a stack overflow; see MODDEF_XS_ABORTHOOK in the SDK.
  (globalThis as { abort?: (what: string, exception: unknown) => void }).abort = (what, exception) => noteFault(what, String(exception));
  const restart = new RestartNote();
  if (restart.text !== "") trace(`The run before ended with: ${restart.text}\n`);
  Timer.set(() => restart.clear(), NOTE_KEPT_MS);

  const clock = new XsClock();
  const dns = {
    io: Resolver,
    socket: { io: GuardedUdp },
    /** Looked up anew for each session, since every network has its own. */
    get servers(): readonly string[] {
      return nameServers(textSetting("nameServer"));
    },
  };
  const provision = storedProvision();
  const { broker, keys, wifi } = provision ?? {};
  const user = broker?.user ?? textSetting("brokerUser");
  const board: Board = {
    openAfe,
    flash: openFlash(),
    clock,
    uplink: new MqttUplink({
      Client: MQTTClient,
      host: broker?.host ?? textSetting("brokerHost", "broker.local"),
      port: broker?.port ?? portSetting("brokerPort", 1883),
      ...(user !== "" && { user, password: broker?.password ?? textSetting("brokerPassword") }),
      dns,
      socket: broker?.tls ? secureSocket(broker.tls) : { io: GuardedTcp },
    }),
    indicator,
    entropy: Math.floor(Math.random() * 0x1_0000_0000),
    restartReason: restart.reason,
    update,
    security: keys && { ...keys, aead: new XsAead(), store: new XsStore(), setTime: (unixMs) => clock.set(unixMs) },
  };
  const ssid = wifi?.ssid ?? textSetting("wifiSSID");
  if (ssid !== "") {
    const password = wifi?.password ?? textSetting("wifiPassword");
    const ntpServer = textSetting("ntpServer", "pool.ntp.org");
    new WifiKeeper({ ssid, password, ntpServer, dns, onTime: (unixMs) => clock.set(unixMs, true) });
  }
  run(board, provision?.config ?? monitorSettings(), restartAfter);
}

/** Certificates that cannot be read connect to nothing: better silent than readable by anyone. Alerts stay in flash. */
function secureSocket(tls: Parameters<typeof tlsIdentityOf>[0]): { readonly io: unknown; readonly secure?: unknown } {
  try {
    return { io: TlsSocket, secure: tlsIdentityOf(tls) };
  } catch (error) {
    trace(`provision.broker.tls: ${error}, expected PEM or base64\n`);
    return { io: NoSocket };
  }
}

class NoSocket {
  constructor() {
    throw new Error("no certificates");
  }
}

/** A device without a journal still shows its alerts, and raises an alarm that it has none. */
function openFlash(): Flash {
  try {
    return new XsFlash(FlashStorage.open({ path: JOURNAL_PARTITION, mode: "r+" }));
  } catch (error) {
    trace(`Partition "${JOURNAL_PARTITION}": ${error}\n`);
    return new AbsentFlash();
  }
}

function restartAfter(error: unknown): void {
  const details = error instanceof Error ? `${error} ${error.stack}` : String(error);
  noteFault("exception", details);
  trace(`Restarting: ${details}\n`);
  if (System.restart) System.restart();
  else throw error;
}
