// The code on a piece's bag: of the inspection's UUID, so that a phone knows it with no network; see service/goods_in.

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Null of what is no UUID. */
export function bagCode(id) {
  if (!/^[0-9a-f]{8}-[0-9a-f]{2}/.test(id)) return null;
  let bits = BigInt(`0x${id.replaceAll("-", "").slice(0, 10)}`);
  let code = "";
  for (let at = 0; at < 8; at += 1) {
    code = DIGITS[Number(bits & 31n)] + code;
    bits >>= 5n;
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
