// Dashboard: the page of a bedside monitor. Alerts and status come over MQTT as for any subscriber, the waveform from the simulator.
import mqtt from "mqtt";
import type { SubscriberEvent } from "../subscriber/subscriber.js";
import { Subscriber } from "../subscriber/subscriber.js";
import { unsealerOf } from "./browser-aead.js";
import { STATE_NAMES } from "../wire/decode.js";
import type { Status } from "../wire/record.js";
import { STATE_ONLINE } from "../wire/record.js";
import { AlertList } from "./alert-list.js";
import { AlertView } from "./alert-view.js";
import type { BedsideMessage, BedsideState, CommandName, Hello, PageConfig } from "./bedside.js";
import { COMMAND_NAMES, CONFIG_PATH } from "./bedside.js";
import { EcgView } from "./ecg-view.js";
import { SampleHistory } from "./sample-history.js";
import { SimulatorFeed } from "./simulator-feed.js";
import { durationText, speedText } from "./text.js";

/** Wait before connecting to the broker again. [ms] */
const BROKER_RETRY_MS = 1000;

/** What each button says and does, by whether its thing is whole now. */
const BUTTONS: Readonly<Record<CommandName, { whole: string; broken: string; isWhole: (state: BedsideState) => boolean }>> = {
  link: { whole: "Cut link", broken: "Restore link", isWhole: (state) => state.linkUp },
  lead: { whole: "Pull lead off", broken: "Reattach lead", isWhole: (state) => !state.leadOff },
  power: { whole: "Cut power", broken: "Restore power", isWhole: (state) => state.powered },
};

class Dashboard {
  readonly #history = new SampleHistory();
  readonly #alerts = new AlertList();
  readonly #alertView = new AlertView({
    list: element("alerts"),
    empty: element("alerts-empty"),
    counts: element("alerts-counts"),
    bar: element("alarm-bar"),
    barMark: element("alarm-mark"),
    barText: element("alarm-text"),
    barMore: element("alarm-more"),
    urgent: element("say-urgent"),
    calm: element("say-calm"),
  });
  readonly #feed: SimulatorFeed;
  #simulatorConnected = false;
  #brokerConnected = false;
  #state: BedsideState | undefined;
  #status: Status | undefined;
  #duplicateCount = 0;
  #problemCount = 0;

  constructor() {
    new EcgView(element("grid") as HTMLCanvasElement, element("trace") as HTMLCanvasElement, this.#history);
    this.#feed = new SimulatorFeed({
      onSamples: (frame) => this.#history.push(frame),
      onMessage: (message) => this.#onSimulator(message),
      onConnected: (isConnected) => {
        this.#simulatorConnected = isConnected;
        this.#showState();
      },
    });
    for (const name of COMMAND_NAMES) {
      element(`${name}-button`).addEventListener("click", () => {
        if (this.#state) this.#feed.command(name, !BUTTONS[name].isWhole(this.#state));
      });
    }
    this.#showState();
    this.#showStatus();
    void this.#listenToBroker();
  }

  #onSimulator(message: BedsideMessage): void {
    if (message.type === "hello") showHello(message);
    else if (message.type === "beat") {
      this.#history.pushBeat(message);
      if (message.class !== "") return;
      showHeartRate(message.heartRateBpm);
      element("heart").animate([{ opacity: 1, scale: 1.25 }, { opacity: 0.35, scale: 1 }], { duration: 300, easing: "ease-out" });
    } else if (message.type === "state") {
      this.#state = message;
      this.#showState();
    } else element("notice").textContent = `The simulator refused: ${message.problem}`;
  }

  async #listenToBroker(): Promise<void> {
    const config = (await (await fetch(CONFIG_PATH)).json()) as PageConfig;
    if (config.brokerUrl === "") return;
    const subscriber = new Subscriber(config.keys && unsealerOf(config.keys));
    const client = mqtt.connect(config.brokerUrl, {
      clientId: `edgebeat-page-${Math.random().toString(16).slice(2, 10)}`,
      reconnectPeriod: BROKER_RETRY_MS,
      // The library's own timers run in a worker made from a blob, which the page's security policy forbids.
      timerVariant: "native",
    });
    client.on("connect", () => {
      client.subscribe(Subscriber.topics(config.deviceId), { qos: 1 });
      this.#brokerConnected = true;
      this.#showStatus();
    });
    client.on("close", () => {
      this.#brokerConnected = false;
      this.#showStatus();
    });
    client.on("message", (topic, message) => {
      const event = subscriber.accept(topic, message, Date.now());
      if (event) this.#onBroker(event);
    });
  }

  #onBroker(event: SubscriberEvent): void {
    if (event.type === "alert") this.#alertView.announce(this.#alerts.apply(event));
    else if (event.type === "status") {
      this.#status = event.status;
      this.#alerts.noteBoot(event.status.bootCount);
    } else if (event.type === "birth") {
      this.#alerts.noteBoot(event.birth.bootCount);
      element("device").textContent = `${event.birth.afeModel}, firmware ${event.birth.firmwareVersion}, boot ${event.birth.bootCount}`;
    } else if (event.type === "strip") this.#alerts.applyStrip(event.strip);
    else if (event.type === "duplicate") this.#duplicateCount++;
    else if (event.type === "dropped") element("notice").textContent = `The device had to drop ${event.report.count} ${event.report.lane}: ${event.report.reason}.`;
    else if (event.type !== "clock" && event.type !== "update") {
      this.#problemCount++;
      element("notice").textContent = `${event.type === "refused" ? `Refused (${event.refusal})` : "Dropped"} a message on ${event.topic}: ${event.problem}`;
    }
    element("dropped").textContent = `${this.#duplicateCount} repeated, ${this.#problemCount} damaged messages dropped`;
    this.#showStatus();
  }

  /** What the simulator says: the world and the device's own view. */
  #showState(): void {
    const state = this.#simulatorConnected ? this.#state : undefined;
    for (const name of COMMAND_NAMES) {
      const button = element(`${name}-button`) as HTMLButtonElement;
      const { whole, broken, isWhole } = BUTTONS[name];
      const brokenNow = state !== undefined && !isWhole(state);
      button.textContent = brokenNow ? broken : whole;
      button.dataset["broken"] = String(brokenNow);
      button.disabled = state === undefined || state.finished;
    }
    const banner = element("banner");
    const words = bannerText(this.#simulatorConnected, state);
    if (banner.textContent !== words) banner.textContent = words;
    banner.hidden = words === "";
    const hasSignal = state !== undefined && state.powered && !state.leadOff && !state.finished;
    showHeartRate(hasSignal ? state.heartRateBpm : -1);
    showChip("device-chip", ...deviceChip(state));
    showNumber("pending", state?.pendingAlerts);
    element("pending-note").hidden = !state || state.pendingAlerts === 0 || state.online;
    if (!state) return;
    element("speed").textContent = speedText(state.speed);
    element("sim-time").textContent = durationText(state.simMs);
  }

  /** What the broker says. */
  #showStatus(): void {
    showChip("broker-chip", ...brokerChip(this.#brokerConnected, this.#status));
    showNumber("lost-samples", this.#status?.lostSamples);
    showNumber("late-samples", this.#status?.lateSamples);
    this.#alertView.show(this.#alerts.items(), (item) => this.#alerts.stripOf(item), doubtText(this.#brokerConnected, this.#status));
  }
}

type Mood = "good" | "bad" | "off";

function deviceChip(state: BedsideState | undefined): [Mood, string] {
  if (!state) return ["off", "unknown"];
  if (!state.powered) return ["bad", "no power"];
  return state.online ? ["good", "connected"] : ["bad", state.linkUp ? "connecting" : "no link"];
}

function brokerChip(brokerConnected: boolean, status: Status | undefined): [Mood, string] {
  if (!brokerConnected) return ["off", "broker not reached"];
  if (!status) return ["off", "nothing yet"];
  return [status.state === STATE_ONLINE ? "good" : "bad", STATE_NAMES[status.state]];
}

/** Why "no alert" must not be read as "all is well". */
function doubtText(brokerConnected: boolean, status: Status | undefined): string {
  if (!brokerConnected) return "Alerts cannot arrive: broker not reached";
  if (!status) return "Waiting for the device";
  return status.state === STATE_ONLINE ? "" : `Alerts cannot arrive: device ${STATE_NAMES[status.state]}`;
}

function bannerText(simulatorConnected: boolean, state: BedsideState | undefined): string {
  if (!simulatorConnected) return "No connection to the simulator";
  if (!state) return "";
  if (state.finished) return "Recording at its end";
  if (!state.powered) return "Device without power";
  return state.leadOff ? "Lead off" : "";
}

function showHello(hello: Hello): void {
  element("record").textContent = hello.record;
  element("engine").textContent = hello.engine;
  element("speed").textContent = speedText(hello.speed);
  element("device-id").textContent = hello.deviceId;
}

function showHeartRate(heartRateBpm: number): void {
  const isKnown = heartRateBpm >= 0;
  element("heart-rate").textContent = isKnown ? String(heartRateBpm) : "---";
  element("heart-rate").dataset["known"] = String(isKnown);
}

/** A count of what should be none. */
function showNumber(id: string, count: number | undefined): void {
  const place = element(id);
  place.textContent = count === undefined ? "–" : String(count);
  place.dataset["some"] = String(count !== undefined && count > 0);
}

function showChip(id: string, mood: Mood, text: string): void {
  const chip = element(id);
  chip.dataset["mood"] = mood;
  // Only a change is written: a screen reader reads out what is.
  if (chip.textContent !== text) chip.textContent = text;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no element "${id}"`);
  return found;
}

new Dashboard();
