// Composition root of the ESP32-DevKitC with a MAX30003: builds the board from drivers and platform/xs, and starts the monitor.
import Resolver from "embedded:network/dns/resolver/udp";
import MQTTClient from "embedded:network/mqtt/client";
import FlashStorage from "embedded:storage/flash";
import type { Board } from "../../src/contracts/board.js";
import Max30003 from "../../src/drivers/max30003/max30003.js";
import { MqttUplink } from "../../src/platform/ecma419/mqtt-uplink.js";
import { XsClock } from "../../src/platform/xs/clock.js";
import { XsFlash } from "../../src/platform/xs/flash.js";
import { FramedSpi } from "../../src/platform/xs/framed-spi.js";
import { GuardedTcp } from "../../src/platform/xs/guarded-tcp.js";
import { GuardedUdp } from "../../src/platform/xs/guarded-udp.js";
import { TraceIndicator } from "../../src/platform/xs/indicator.js";
import { nameServers } from "../../src/platform/xs/name-servers.js";
import { run } from "../../src/platform/xs/run.js";
import { monitorSettings, portSetting, textSetting } from "../../src/platform/xs/settings.js";
import { WifiKeeper } from "../../src/platform/xs/wifi.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";

/** See WIRING.md. `in` is MISO, `out` MOSI, `select` CS (active low); port 2 is SPI3 ("VSPI"), whose own pins these are. */
const PINS = { port: 2, clock: 18, in: 19, out: 23, select: 5, active: 0 } as const;
/** Label of the journal's partition in partitions.csv. */
const JOURNAL_PARTITION = "journal";

const clock = new XsClock();
const dns = {
  io: Resolver,
  socket: { io: GuardedUdp },
  /** Looked up anew for each session, since every network has its own. */
  get servers(): readonly string[] {
    return nameServers(textSetting("nameServer"));
  },
};
const user = textSetting("brokerUser");
const board: Board = {
  openAfe: () => {
    const afe = new Max30003({ sensor: { io: FramedSpi, ...PINS } });
    afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
    return afe;
  },
  flash: new XsFlash(FlashStorage.open({ path: JOURNAL_PARTITION, mode: "r+" })),
  clock,
  uplink: new MqttUplink({
    Client: MQTTClient,
    host: textSetting("brokerHost", "broker.local"),
    port: portSetting("brokerPort", 1883),
    ...(user !== "" && { user, password: textSetting("brokerPassword") }),
    dns,
    socket: { io: GuardedTcp },
  }),
  indicator: new TraceIndicator(),
  entropy: Math.floor(Math.random() * 0x1_0000_0000),
};

const ssid = textSetting("wifiSSID");
if (ssid !== "") {
  const password = textSetting("wifiPassword");
  const ntpServer = textSetting("ntpServer", "pool.ntp.org");
  new WifiKeeper({ ssid, password, ntpServer, dns, onTime: (unixMs) => clock.set(unixMs) });
}
run(board, monitorSettings());
