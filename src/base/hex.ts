// Hexadecimal text to bytes.

const DIGITS = "0123456789abcdef";

/** @returns the bytes, or undefined for a text that is not pairs of 0-9 and a-f */
export function bytesOfHex(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length >> 1);
  for (let index = 0; index < text.length; index++) {
    const digit = DIGITS.indexOf(text[index] as string);
    if (digit < 0) return undefined;
    bytes[index >> 1] = ((bytes[index >> 1] as number) << 4) | digit;
  }
  return text.length % 2 === 0 ? bytes : undefined;
}
