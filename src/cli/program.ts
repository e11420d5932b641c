import { createHash } from 'node:crypto'
import type { Command, CommanderError } from 'commander'
import { packageVersion } from '../config/version.ts'
import { GLOBAL_FLAGS, type Invocation, readInvocation } from './arguments.ts'
import { type Act, COMMANDS, type CommandEntry } from './commands.ts'
import { didYouMean } from './did-you-mean.ts'
import { describeFailure, UsageError } from './failure.ts'
import type { Io } from './io.ts'
import { EXIT, type ExitCode, formatTable, type Report } from './report.ts'

/** Runs one command line to its end and says with which code to exit. Never throws. */
export async function runProgram(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await runInvocation(readInvocation(argv), io)
  } catch (error) {
    const failure = describeFailure(error, { debug: io.env.XSWARM_DEBUG === '1', fingerprint })
    if (failure.text !== '') io.say(failure.text)
    if (io.json) io.report({ text: '', document: failure.document })
    return failure.exitCode
  }
}

async function runInvocation(invocation: Invocation, io: Io): Promise<ExitCode> {
  if (invocation.unknownFlag !== undefined) throw unknownFlag(invocation.unknownFlag)
  if (invocation.version)
    return finish(io, { text: packageVersion(), document: { version: packageVersion() } })
  if (invocation.command === undefined) return finish(io, overview())
  const entry = COMMANDS.find(({ name }) => name === invocation.command)
  if (entry === undefined) throw unknownCommand(invocation.command)
  return runCommand(entry, invocation.words, io)
}

async function runCommand(entry: CommandEntry, words: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done
  let help = ''
  let complaint = ''
  const program = await buildProgram([entry], async (run) => {
    exitCode = finish(io, await run(program.opts(), io))
  })
  program.configureOutput({
    writeOut: (text) => {
      help += text
    },
    writeErr: (text) => {
      complaint += text
    },
  })
  // Settings are inherited when a command is added, so what was added before is told again.
  for (const command of everyCommand(program)) command.copyInheritedSettings(program)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!isCommanderError(error)) throw error
    if (error.exitCode === 0) return finish(io, { text: help, document: { help } })
    if (error.code === 'commander.help') throw new UsageError(whichOne(program, entry), complaint.trimEnd())
    throw new UsageError(sentenceOf(error), seeHelp(words))
  }
  return exitCode
}

/** The parser with these commands in it. Completion builds it with all of them. */
export async function buildProgram(entries: readonly CommandEntry[], act: Act): Promise<Command> {
  const { Command } = await import('commander')
  const program = new Command('xswarm')
    .option('--json', 'print one JSON document on stdout')
    .option('--config <path>', 'the config.toml to use (default: the one here, or XSWARM_CONFIG)')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .exitOverride()
  for (const entry of entries) {
    const define = await entry.load()
    const command = program.command(entry.name).summary(entry.summary).description(capitalise(entry.summary))
    define(command.helpCommand(false), act)
  }
  return program
}

function everyCommand(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)])
}

function finish(io: Io, report: Report | undefined): ExitCode {
  if (report === undefined) return EXIT.done
  io.report(report)
  return report.exitCode ?? EXIT.done
}

function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}

/** The parser says "error: unknown option '--jsn'\n(Did you mean --json?)"; we say it in one line. */
function sentenceOf(error: CommanderError): string {
  return error.message
    .replace(/^error: /, '')
    .replace(/\n?\(Did you mean (one of )?(.*)\?\)$/s, ' - did you mean $2?')
}

function whichOne(program: Command, { name }: CommandEntry): string {
  const parts = program.commands.find((command) => command.name() === name)?.commands ?? []
  return `${name} needs one of: ${parts.map((part) => part.name()).join(', ')}`
}

function unknownFlag(flag: string): UsageError {
  const name = flag.split('=', 1)[0] ?? flag
  return new UsageError(`unknown option '${name}'${didYouMean(name, GLOBAL_FLAGS)}`, 'Run: xswarm --help')
}

function unknownCommand(name: string): UsageError {
  const names = COMMANDS.map((entry) => entry.name)
  return new UsageError(`unknown command '${name}'${didYouMean(name, names)}`, 'Run: xswarm --help')
}

/** `Run: xswarm users --help` for the words that were understood. */
function seeHelp(words: readonly string[]): string {
  return `Run: xswarm ${words.find((word) => !word.startsWith('-'))} --help`
}

function overview(): Report {
  const commands = COMMANDS.map(({ name, summary }) => [`  ${name}`, summary])
  const options = [
    ['  --json', 'print one JSON document on stdout'],
    ['  --config PATH', 'the config.toml to use (default: the one here, or XSWARM_CONFIG)'],
    ['  --help', 'show this, or the help of a command: xswarm COMMAND --help'],
    ['  --version', 'print the version'],
  ]
  const text = [
    'Usage: xswarm COMMAND [options]',
    `\nCommands:\n${formatTable(commands)}`,
    `\nOptions:\n${formatTable(options)}`,
    '\nExit codes: 0 done, 1 failed or a check found a fault, 2 wrong usage, 75 try again later.',
  ].join('\n')
  return { text, document: { commands: COMMANDS.map(({ name, summary }) => ({ name, summary })) } }
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

function capitalise(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
