// CRC32 (IEEE 802.3), as the books' checksums are made of it (docs/FEEDS.md).

const TABLE = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLE[byte] = value;
}

/** The checksum of ASCII text. */
export function crc32(text: string): number {
  let value = 0xffffffff;
  for (let index = 0; index < text.length; index += 1) value = (value >>> 8) ^ TABLE[(value ^ text.charCodeAt(index)) & 255]!;
  return (value ^ 0xffffffff) >>> 0;
}
