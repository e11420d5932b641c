import Libsql from 'libsql'

/** Holds the write lock of a file, as a foreign program would, until it is told to let go. */
const connection = new Libsql(process.argv[2] ?? '', { timeout: 1_000 })
connection.exec('BEGIN IMMEDIATE')
process.stdout.write('locked\n')
process.stdin.once('data', () => {
  connection.exec('COMMIT')
  connection.close()
  process.stdin.destroy()
})
