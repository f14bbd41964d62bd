// BrowserAead passes the suite.
import { describe } from "vitest";
import { BrowserAead } from "../../src/dashboard/browser-aead.js";
import { testAead } from "../contracts/aead.suite.js";

describe("BrowserAead", () => testAead(new BrowserAead()));
