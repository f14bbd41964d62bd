// Firmware that is EcgChain alone: what a block costs from the AFE's hands to beats and rhythms, without AFE, alarms, journal and network.
import { checkConfig } from "../../../src/monitor/config.js";
import { EcgChain } from "../../../src/monitor/ecg-chain.js";
import { FrontEnd } from "../../../src/monitor/front-end.js";
import { CALL_BOOT, type Device, type HostCall } from "../../../src/platform/desk/border.js";

/** World to device: the mailbox holds a block of a samples, int32. */
export const CALL_BLOCK = 100;
export const CALL_NOTHING = 101;
/** Device to world: a beat was found, or its class decided. */
export const OP_CHAIN_BEAT = 100;
const BLOCK_SAMPLES_MAX = 32;

export default function createChain(hostCall: HostCall): Device {
  const mailbox = new Uint8Array(4 * BLOCK_SAMPLES_MAX);
  const block = new Int32Array(mailbox.buffer);
  let chain: EcgChain | undefined;
  const call = (op: number, a: number): number => {
    if (op === CALL_BLOCK) chain?.process(block, a);
    if (op !== CALL_BOOT) return 0;
    const checked = checkConfig({});
    if (!checked.ok) return -1;
    const onBeat = (): void => void hostCall(OP_CHAIN_BEAT, 0, 0);
    chain = new EcgChain(checked.config, { onBeat, onBeatClass: onBeat, onRhythm: () => {} }, new FrontEnd());
    return 0;
  };
  return { mailbox, call };
}
