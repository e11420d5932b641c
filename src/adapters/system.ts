import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock, Ids } from '../domain/ports.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** The operating system's randomness. */
export const systemIds: Ids = {
  uuid: () => randomUUID(),
  token(bytes) {
    let bits = 0
    let value = 0
    let text = ''
    for (const byte of randomBytes(bytes)) {
      value = ((value << 8) | byte) & 0xfff
      bits += 8
      while (bits >= 5) {
        bits -= 5
        text += BASE32.charAt((value >>> bits) & 31)
      }
    }
    return bits === 0 ? text : text + BASE32.charAt((value << (5 - bits)) & 31)
  },
}
