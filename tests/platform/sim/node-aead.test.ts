// NodeAead, and the desk's Aead whose other end it is, pass the suite.
import { describe } from "vitest";
import { DeskAead } from "../../../src/platform/desk/stand-ins.js";
import { NodeAead } from "../../../src/platform/sim/node-aead.js";
import { serveAead } from "../../../src/platform/sim/world.js";
import { testAead } from "../../contracts/aead.suite.js";

describe("NodeAead", () => testAead(new NodeAead()));
describe("DeskAead", () => testAead(new DeskAead((_op, a, b, bytes) => serveAead(bytes as Uint8Array, a, b))));
