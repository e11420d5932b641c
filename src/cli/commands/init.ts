import { resolve } from 'node:path'
import type { Define } from '../commands.ts'
import type { Io } from '../io.ts'
import { formatTable, type Report } from '../report.ts'

export const defineInit: Define = (init, act) => {
  init
    .argument('[folder]', 'where (default: here)')
    .addHelpText('after', '\nWhat is there already is left as it is.')
    .action((folder: string | undefined) => act((_globals, io) => initFolder(folder ?? '.', io)))
}

/** Writes what a project needs and is not there yet. */
export async function initFolder(folder: string, io: Io): Promise<Report> {
  const { initProject } = await import('../../config/init.ts')
  const steps = initProject(resolve(folder))
  io.say('Next: xswarm dev')
  const rows = steps.map(({ file, did, lines }) => [
    did,
    file,
    did === 'added' ? `(${lines?.join(', ')})` : '',
  ])
  return { text: formatTable(rows), document: { folder: resolve(folder), steps } }
}
