/**
 * The path of a `file:` database, undefined for a remote one. Throws AppError `misconfigured` for a url that names
 * neither.
 */
export async function findDatabaseFile(url: string): Promise<string | undefined> {
  const { parseDatabaseUrl } = await import('../database/location.ts')
  const location = parseDatabaseUrl(url)
  return location.kind === 'local' ? location.path : undefined
}
