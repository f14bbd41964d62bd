// The web flasher's page: which firmware there is, and the form that makes a provision and writes it onto the board.
import { checkProvision } from "../monitor/provision.js";
import { makeNvsImage } from "./nvs-image.js";

/** A board with a front end. */
interface Product {
  readonly name: string;
  /** How `npm run firmware` is told to build it. */
  readonly options: string;
  readonly title: string;
  readonly chip: string;
  readonly nvs: { readonly offset: number; readonly bytes: number };
  /** Manifest of esp-web-tools, absent where there is no firmware. */
  readonly manifest?: string;
  /** Why there is none. */
  readonly missing?: readonly string[];
}

/** Where the firmware looks for it: src/platform/xs/stored-provision. */
const NAMESPACE = "edgebeat";
const KEY = "provision";

function element<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

const select = element<HTMLSelectElement>("board");
const form = element<HTMLFormElement>("provision");
const save = element<HTMLButtonElement>("save");
let products: readonly Product[] = [];

/** A button of esp-web-tools for a manifest. */
function installButton(manifest: string, text: string): HTMLElement {
  const install = document.createElement("esp-web-install-button");
  install.setAttribute("manifest", manifest);
  const button = document.createElement("button");
  button.slot = "activate";
  button.textContent = text;
  install.append(button);
  return install;
}

function chosen(): Product | undefined {
  return products.find(({ name }) => name === select.value);
}

function showProduct(): void {
  const product = chosen();
  if (!product) return;
  const missing = element("missing");
  element("install").replaceChildren(...(product.manifest === undefined ? [] : [installButton(product.manifest, `Flash ${product.title}`)]));
  missing.hidden = product.manifest !== undefined;
  missing.textContent = product.manifest === undefined ? `This release carries no firmware for this board, since it was made on a computer that cannot build it:\n${(product.missing ?? []).join("\n")}\nBuild and flash it yourself: npm ci && npm run firmware -- ${product.options} --release` : "";
  element("write").replaceChildren();
}

/** @returns the provision that the form says, in the shape of provision.json */
function formProvision(): Record<string, unknown> {
  const field = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement).value.trim();
  return {
    version: 1, deviceId: field("deviceId"), keys: { epoch: 1, data: field("data"), command: field("command") },
    ...(field("ssid") !== "" && { wifi: { ssid: field("ssid"), password: field("password") } }),
    ...(field("host") !== "" && { broker: { host: field("host"), ...(field("port") !== "" && { port: Number(field("port")) }) } }),
  };
}

/** ASCII alone: the device reads bytes as characters. */
function jsonOf(provision: unknown): string {
  return JSON.stringify(provision, null, 1).replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function prepare(product: Product): void {
  const checked = checkProvision(formProvision());
  const problems = element("problems");
  problems.replaceChildren(...(checked.ok ? [] : checked.problems).map((problem) => Object.assign(document.createElement("li"), { textContent: problem })));
  problems.hidden = checked.ok;
  save.hidden = !checked.ok;
  if (!checked.ok) return element("write").replaceChildren();
  const image = makeNvsImage(NAMESPACE, KEY, new TextEncoder().encode(jsonOf(formProvision())), product.nvs.bytes);
  const path = URL.createObjectURL(new Blob([image], { type: "application/octet-stream" }));
  const manifest = {
    name: `provision of ${checked.provision.config.deviceId}`, version: "1", new_install_prompt_erase: true,
    builds: [{ chipFamily: product.chip, parts: [{ path, offset: product.nvs.offset }] }],
  };
  const url = URL.createObjectURL(new Blob([JSON.stringify(manifest)], { type: "application/json" }));
  element("write").replaceChildren(installButton(url, `Write it onto the ${product.title}`));
}

function saveProvision(): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${jsonOf(formProvision())}\n`], { type: "application/json" }));
  link.download = "provision.json";
  link.click();
}

function makeKeys(): void {
  for (const name of ["data", "command"]) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    (form.elements.namedItem(name) as HTMLInputElement).value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

element("support").hidden = "serial" in navigator;
select.addEventListener("change", showProduct);
element("keys").addEventListener("click", makeKeys);
save.addEventListener("click", saveProvision);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const product = chosen();
  if (product) prepare(product);
});
form.addEventListener("input", () => element("write").replaceChildren());

const release = (await (await fetch("release.json")).json()) as { version: string; products: readonly Product[] };
products = release.products;
element("version").textContent = release.version;
select.replaceChildren(...products.map(({ name, title }) => Object.assign(document.createElement("option"), { value: name, textContent: title })));
showProduct();
