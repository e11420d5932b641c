/** What the words before and around a command mean, found without loading the command-line parser. */
export interface Invocation {
  /** The first word that is no flag. */
  readonly command: string | undefined
  readonly json: boolean
  readonly help: boolean
  readonly version: boolean
  /** A flag before the command that is none of ours. */
  readonly unknownFlag: string | undefined
  /** The words to parse; `help COMMAND` has become `COMMAND --help`. */
  readonly words: readonly string[]
}

export const GLOBAL_FLAGS = ['--json', '--config', '--help', '--version'] as const

export function readInvocation(argv: readonly string[]): Invocation {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  const end = words.indexOf('--')
  const flags = end === -1 ? words : words.slice(0, end)
  const { command, unknownFlag } = findCommand(flags)
  const before = command === undefined ? flags : flags.slice(0, flags.indexOf(command))
  return {
    command,
    json: flags.includes('--json'),
    help: before.includes('--help') || before.includes('-h'),
    version: before.includes('--version') || before.includes('-V'),
    unknownFlag,
    words,
  }
}

function findCommand(flags: readonly string[]): {
  command: string | undefined
  unknownFlag: string | undefined
} {
  const known = new Set<string>([...GLOBAL_FLAGS, '-h', '-V'])
  let unknownFlag: string | undefined
  for (let index = 0; index < flags.length; index += 1) {
    const word = flags[index] ?? ''
    if (word === '--config') {
      index += 1
    } else if (!word.startsWith('-')) {
      return { command: word, unknownFlag }
    } else if (!known.has(word) && !word.startsWith('--config=')) {
      unknownFlag ??= word
    }
  }
  return { command: undefined, unknownFlag }
}
