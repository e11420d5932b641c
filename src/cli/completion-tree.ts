import type { Argument, Command } from 'commander'

/** One place on the command line: what may come next there. */
export interface CompletionNode {
  /** `''` for xswarm itself, else `users list`. */
  readonly path: string
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[]
  readonly options: readonly CompletionOption[]
  /** The words the first argument can be; empty when it can be anything. */
  readonly words: readonly string[]
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

/** Every place of the command line, xswarm itself first. */
export function completionTree(program: Command): readonly CompletionNode[] {
  const shared = optionsOf(program)
  return visit(program, '', shared)
}

function visit(
  command: Command,
  path: string,
  shared: readonly CompletionOption[],
): readonly CompletionNode[] {
  const own = path === '' ? [] : optionsOf(command)
  const node: CompletionNode = {
    path,
    subcommands: command.commands.map((child) => ({ name: child.name(), summary: child.summary() })),
    options: [...own, ...shared, HELP],
    words: command.registeredArguments[0]?.argChoices ?? [],
  }
  const children = command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim(), shared))
  return [node, ...children]
}

const HELP: CompletionOption = { flag: '--help', summary: 'show help', takesValue: false, values: [] }

function optionsOf(command: Command): readonly CompletionOption[] {
  return command.options.flatMap((option) =>
    option.long === undefined || option.long === null
      ? []
      : [
          {
            flag: option.long,
            summary: option.description,
            takesValue: option.required || option.optional,
            values: option.argChoices ?? [],
          },
        ],
  )
}
