// Published test cases of AES-GCM, in hexadecimal.

export interface AeadVector {
  readonly name: string;
  readonly key: string;
  readonly nonce: string;
  readonly associated: string;
  readonly plaintext: string;
  readonly sealed: string;
}

/** Source: McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 1, 2, 4, 13, 14 and 16. */
export const AEAD_VECTORS: readonly AeadVector[] = [
  { name: "1", key: "00000000000000000000000000000000", nonce: "000000000000000000000000", associated: "", plaintext: "", sealed: "58e2fccefa7e3061367f1d57a4e7455a" },
  {
    name: "2", key: "00000000000000000000000000000000", nonce: "000000000000000000000000", associated: "", plaintext: "00000000000000000000000000000000",
    sealed: "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
  },
  {
    name: "4", key: "feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888", associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    sealed: "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
  },
  { name: "13", key: "0000000000000000000000000000000000000000000000000000000000000000", nonce: "000000000000000000000000", associated: "", plaintext: "", sealed: "530f8afbc74536b9a963b4f1c4cb738b" },
  {
    name: "14", key: "0000000000000000000000000000000000000000000000000000000000000000", nonce: "000000000000000000000000", associated: "", plaintext: "00000000000000000000000000000000",
    sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    name: "16", key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888", associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
  },
];
