// What only hosts send: commands, and the signed part of an update's header. No device holds this module. See FORMAT.md.
import { assert } from "../base/assert.js";
import { putText, putU32, putU48 } from "./bytes.js";
import {
  COMMAND_ACKNOWLEDGE, COMMAND_HEAD_BYTES, COMMAND_OFFER_UPDATE, COMMAND_SET_LIMITS, COMMAND_SET_TIME, COMMAND_UPDATE_PIECE, COMMAND_VERSION, type Command, LIMIT_BYTES, LIMIT_NAMES,
} from "./command.js";
import { putBigEndian } from "./cose.js";
import { BOARD_BYTES, BOARD_OFFSET, DIGEST_OFFSET, UPDATE_FORMAT, UPDATE_MAGIC, UPDATE_SIGNED_BYTES, type UpdateHeader } from "./update.js";

export function encodeCommand(sequence: number, command: Command): Uint8Array {
  const body = encodeBody(command);
  const bytes = new Uint8Array(COMMAND_HEAD_BYTES + body.length);
  bytes[0] = COMMAND_VERSION;
  bytes[1] = command.kind;
  putU48(bytes, 2, sequence);
  bytes.set(body, COMMAND_HEAD_BYTES);
  return bytes;
}

function encodeBody(command: Command): Uint8Array {
  switch (command.kind) {
    case COMMAND_SET_LIMITS: {
      const bytes = new Uint8Array(LIMIT_BYTES * command.limits.size);
      let offset = 0;
      command.limits.forEach((value, name) => {
        bytes[offset] = LIMIT_NAMES.indexOf(name) + 1;
        putU32(bytes, offset + 1, value);
        offset += LIMIT_BYTES;
      });
      return bytes;
    }
    case COMMAND_ACKNOWLEDGE: {
      const bytes = new Uint8Array(8);
      putU32(bytes, 0, command.bootCount);
      putU32(bytes, 4, command.alertSequence);
      return bytes;
    }
    case COMMAND_SET_TIME: {
      const bytes = new Uint8Array(6);
      putU48(bytes, 0, command.unixMs);
      return bytes;
    }
    case COMMAND_OFFER_UPDATE:
      return command.header;
    case COMMAND_UPDATE_PIECE: {
      const bytes = new Uint8Array(4 + command.bytes.length);
      putU32(bytes, 0, command.offset);
      bytes.set(command.bytes, 4);
      return bytes;
    }
    default: {
      const bytes = new Uint8Array(4 + command.key.length);
      putBigEndian(bytes, 0, command.epoch);
      bytes.set(command.key, 4);
      return bytes;
    }
  }
}

/** Encodes the part that is signed; the signature follows it. @returns UPDATE_SIGNED_BYTES bytes */
export function encodeSignedPart(header: UpdateHeader): Uint8Array {
  assert(header.board.length <= BOARD_BYTES, "encodeSignedPart: board of more than 24 characters");
  const bytes = new Uint8Array(UPDATE_SIGNED_BYTES);
  putU32(bytes, 0, UPDATE_MAGIC);
  putU32(bytes, 4, UPDATE_FORMAT);
  putU32(bytes, 8, header.version);
  putU32(bytes, 12, header.imageBytes);
  putText(bytes, BOARD_OFFSET, header.board);
  bytes.set(header.digest, DIGEST_OFFSET);
  return bytes;
}

