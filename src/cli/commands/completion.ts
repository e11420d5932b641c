import { Argument } from 'commander'
import { COMMANDS, type Define } from '../commands.ts'
import { completionScript, SHELLS, type Shell } from '../completion-scripts.ts'
import { completionTree, offer } from '../completion-tree.ts'
import { didYouMean } from '../did-you-mean.ts'
import { UsageError } from '../failure.ts'
import { buildProgram } from '../program.ts'
import type { Report } from '../report.ts'

export const defineCompletion: Define = (completion, act) => {
  completion
    .addArgument(offer(new Argument('<shell>', 'bash, zsh or fish'), SHELLS))
    .addHelpText('after', '\nTry it: source <(xswarm completion bash)')
    .action((shell: string) => act(() => printCompletion(shell)))
}

/** The completion script for one shell. Throws a UsageError for a shell we do not know. */
export async function printCompletion(shell: string): Promise<Report> {
  if (!isShell(shell)) {
    throw new UsageError(
      `unknown shell '${shell}'${didYouMean(shell, SHELLS)}`,
      `It can be ${SHELLS.join(', ')}.`,
    )
  }
  const program = await buildProgram(COMMANDS, async () => undefined)
  const script = completionScript(shell, completionTree(program))
  return { text: script, document: { shell, script } }
}

function isShell(text: string): text is Shell {
  return (SHELLS as readonly string[]).includes(text)
}
