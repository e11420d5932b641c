import { Option } from 'commander'
import type { LoadedConfig } from '../../config/load.ts'
import { AppError } from '../../domain/errors.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import type { Io } from '../io.ts'
import { readProject, requireDatabaseFile } from '../project.ts'
import { printable } from '../report.ts'

export interface ServeOptions extends GlobalOptions {
  readonly role: 'all' | 'http' | 'worker'
}

export const defineServe: Define = (serve, act) => {
  serve
    .addOption(
      new Option('--role <role>', 'what this process does').choices(['all', 'http', 'worker']).default('all'),
    )
    .addHelpText(
      'after',
      '\nIt changes no schema outside development: run xswarm db migrate before a new version.',
    )
    .action((options: ServeOptions) => act((globals, io) => runServe({ ...globals, ...options }, io)))
}

/** Runs until it is asked to stop. Refuses to start, naming every reason at once, when secrets are missing or mixed. */
export async function runServe(options: ServeOptions, io: Io): Promise<undefined> {
  const loaded = await readProject(options, io)
  await refuseFaults(loaded)
  const { config, secrets } = loaded
  if (config.environment !== 'development') await requireDatabaseFile(config.database.url)
  const { serve } = await import('../../main.ts')
  const running = await serve({ config, secrets, role: options.role })
  const { environment } = config
  const { location } = running.service.app.database
  io.report({
    text: `xSwarm (${environment}) ${doing(running.url)} with ${printable(location)}`,
    document: { url: running.url ?? null, environment, role: options.role, database: location },
  })
  try {
    await io.stopRequest()
    io.say('Stopping: requests and jobs under way are finished first.')
  } finally {
    await running.stop()
  }
}

function doing(url: string | undefined): string {
  return url === undefined ? 'works off jobs' : `listens at ${url}`
}

async function refuseFaults({ config, secrets }: LoadedConfig): Promise<void> {
  const { missingSecrets, modeMismatches } = await import('../../config/secret-rules.ts')
  const faults = [...missingSecrets(config, secrets), ...modeMismatches(config, secrets)]
  if (faults.length === 0) return
  throw new AppError('misconfigured', `Not started:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
}
