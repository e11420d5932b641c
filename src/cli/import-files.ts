import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './failure.ts'

/** What the old per-user files were called. */
const OLD_NAME = 'config.toml'

/**
 * The files to import: a file as it is named, and below a folder every `config.toml`, hidden folders included (they
 * lay in `~/.config/xswarm`). In a fixed order, each once. Throws UsageError for a path that is not there.
 */
export async function findOldFiles(
  paths: readonly string[],
  onFolderUnreadable: (folder: string) => void,
): Promise<string[]> {
  const found = new Set<string>()
  for (const path of paths) {
    if (await isFolder(path)) await collect(path, found, onFolderUnreadable)
    else found.add(path)
  }
  return [...found]
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new UsageError(`there is no file or folder ${path} that can be read (${code})`)
  }
}

/** Links to folders are not followed: they may lead in circles. */
async function collect(
  folder: string,
  found: Set<string>,
  onFolderUnreadable: (folder: string) => void,
): Promise<void> {
  const entries = await list(folder)
  if (entries === undefined) {
    onFolderUnreadable(folder)
    return
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await collect(path, found, onFolderUnreadable)
    else if (entry.name === OLD_NAME) found.add(path)
  }
}

async function list(folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EACCES' || code === 'EPERM') return undefined
    throw error
  }
}
