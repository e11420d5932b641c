import type { UserChange } from '../domain/user-changes.ts'
import { USER_COLUMNS, type User } from '../domain/users.ts'
import type { Io } from './io.ts'
import { printable } from './report.ts'
import { type SettingsOptions, withSettings } from './settings-door.ts'

/** Prints every change of one user until it is asked to stop, or nobody reads it any more. */
export async function watchSettings(options: SettingsOptions, io: Io): Promise<undefined> {
  return withSettings(options, io, async (door) => {
    const { user, revision } = await door.read()
    const stop = new AbortController()
    void io.stopRequest().then(() => stop.abort())
    io.say(io.paint.faint(`watching ${printable(user.email)} from revision ${revision} on; stop it with ^C`))
    let last = user
    await door.follow(revision, {
      stop: stop.signal,
      say: (line) => io.say(line),
      tell(change) {
        io.emit({ text: describeChange(change, last), document: change })
        last = change.user
        if (io.stdoutIsClosed()) stop.abort()
      },
    })
    return undefined
  })
}

/** `persona = jarvis, wake_word = hey jarvis (revision 42)` */
function describeChange({ revision, changed, user }: UserChange, last: User): string {
  // Nothing in particular: this is the state now, and what differs from the last one is what changed for us.
  const columns = USER_COLUMNS.filter((name) =>
    changed.length === 0 ? user[name] !== last[name] : changed.includes(name),
  )
  const values = columns.map((name) => `${name} = ${printable(user[name] ?? '(none)')}`)
  return `${values.length === 0 ? 'nothing changed' : values.join(', ')} (revision ${revision})`
}
