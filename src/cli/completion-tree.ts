import type { Argument, Command } from 'commander'

/** One place on the command line: what may come next there. */
export interface CompletionNode {
  /** `''` for xswarm itself, else for example `users list`. */
  readonly path: string
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[]
  readonly options: readonly CompletionOption[]
  /** The words each argument can be; empty when it can be anything. */
  readonly arguments: readonly (readonly string[])[]
  /** The words that can come behind a certain word: `config set persona` is followed by a persona. */
  readonly behind: ReadonlyMap<string, readonly string[]>
}

export interface CompletionOption {
  readonly flag: string
  readonly summary: string
  readonly takesValue: boolean
  /** The values it can have; empty when it can be anything. */
  readonly values: readonly string[]
}

/** Offers words for an argument without refusing others: the refusal, with its suggestion, is the command's own. */
export function offer(argument: Argument, words: readonly string[]): Argument {
  argument.argChoices = [...words]
  return argument
}

const behindWords = new WeakMap<Command, Map<string, readonly string[]>>()

/** Offers words behind a certain word of a command. */
export function offerBehind(command: Command, word: string, words: readonly string[]): Command {
  const offered = behindWords.get(command) ?? new Map<string, readonly string[]>()
  behindWords.set(command, offered.set(word, words))
  return command
}

/** Every place of the command line, xswarm itself first. */
export function completionTree(program: Command): readonly CompletionNode[] {
  return visit(program, '', optionsOf(program))
}

function visit(
  command: Command,
  path: string,
  shared: readonly CompletionOption[],
): readonly CompletionNode[] {
  const node: CompletionNode = {
    path,
    subcommands: command.commands.map((child) => ({ name: child.name(), summary: child.summary() })),
    options: [...(path === '' ? [] : optionsOf(command)), ...shared, HELP],
    arguments: command.registeredArguments.map(({ argChoices }) => argChoices ?? []),
    behind: behindWords.get(command) ?? new Map(),
  }
  const children = command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim(), shared))
  return [node, ...children]
}

const HELP: CompletionOption = { flag: '--help', summary: 'show help', takesValue: false, values: [] }

function optionsOf(command: Command): readonly CompletionOption[] {
  return command.options.flatMap(({ long, description, required, optional, argChoices }) =>
    typeof long !== 'string'
      ? []
      : [{ flag: long, summary: description, takesValue: required || optional, values: argChoices ?? [] }],
  )
}
