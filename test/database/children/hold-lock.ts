import Libsql from 'libsql'

/**
 * Holds the write lock of a file, as a foreign program would: for as many milliseconds as its second argument
 * says, else until it is told to let go.
 */
const [, , path = '', holdMs] = process.argv
const connection = new Libsql(path, { timeout: 1_000 })
connection.exec('BEGIN IMMEDIATE')
process.stdout.write('locked\n')
if (holdMs === undefined) process.stdin.once('data', letGo)
else setTimeout(letGo, Number(holdMs))

function letGo(): void {
  connection.exec('COMMIT')
  connection.close()
  process.stdin.destroy()
}
