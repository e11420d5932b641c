import type { Keychain } from '../../src/domain/credentials.ts'

export interface FakeKeychain extends Keychain {
  readonly entries: Map<string, string>
}

/** A keychain in memory; `faults` says how it misbehaves. */
export function createFakeKeychain(faults: { refuses?: boolean; forgets?: boolean } = {}): FakeKeychain {
  const entries = new Map<string, string>()
  return {
    name: 'the keychain of this test',
    entries,
    read: async (server) => entries.get(server),
    async write({ server, token }) {
      if (faults.refuses) throw new Error('it is locked')
      if (!faults.forgets) entries.set(server, token)
    },
    async remove(server) {
      entries.delete(server)
    },
  }
}
