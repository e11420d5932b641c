/** What opens an account from this device: the only thing about a user that is kept on it. */
export interface Credential {
  /** The server's origin, for example `https://xswarm.example`. */
  readonly server: string
  readonly token: string
}

/** The place where the system keeps secrets of its user. Each call ends within seconds; all throw when it does not work. */
export interface Keychain {
  /** For people, for example `the macOS keychain`. */
  readonly name: string
  read(server: string): Promise<string | undefined>
  write(credential: Credential): Promise<void>
  /** Also when there is nothing to remove. */
  remove(server: string): Promise<void>
}
