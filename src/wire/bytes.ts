// Little-endian numbers of 16, 32 and 48 bits, and texts, in byte arrays.

/** Largest number that 48 bits hold: 8,900 years in milliseconds. */
export const U48_MAX = 0xffff_ffff_ffff;

/** Are they the same bytes? */
export function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** Stores the numbers of characters. @param text of characters up to 0xff */
export function putText(bytes: Uint8Array, offset: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[offset + index] = text.charCodeAt(index);
}

export function putU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >> 8;
}

/** Stores the lower 32 bits of a whole number; signed and unsigned look the same. */
export function putU32(bytes: Uint8Array, offset: number, value: number): void {
  const word = value | 0;
  // Not by putU16: on XS a call costs as much as twenty operations, and an alert has twenty such numbers.
  bytes[offset] = word;
  bytes[offset + 1] = word >> 8;
  bytes[offset + 2] = word >> 16;
  bytes[offset + 3] = word >> 24;
}

/** Stores a whole number from 0 to U48_MAX. */
export function putU48(bytes: Uint8Array, offset: number, value: number): void {
  putU32(bytes, offset, value);
  // What fits 31 bits costs no floating point.
  putU16(bytes, offset + 4, value <= 0x7fff_ffff ? 0 : Math.floor(value / 0x1_0000_0000));
}

export function getU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
}

export function getU32(bytes: Uint8Array, offset: number): number {
  return (getU16(bytes, offset) | (getU16(bytes, offset + 2) << 16)) >>> 0;
}

export function getU48(bytes: Uint8Array, offset: number): number {
  return getU32(bytes, offset) + getU16(bytes, offset + 4) * 0x1_0000_0000;
}
