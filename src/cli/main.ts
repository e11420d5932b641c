#!/usr/bin/env node
import { createIo } from './io.ts'
import { runProgram } from './program.ts'
import { EXIT } from './report.ts'

const argv = process.argv.slice(2)
const end = argv.indexOf('--')

// Every write to the database is one atomic unit, so ^C may end a command between any two of them.
const interrupt = () => process.exit(EXIT.interrupted)
process.on('SIGINT', interrupt)

const io = createIo({
  json: (end === -1 ? argv : argv.slice(0, end)).includes('--json'),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  stopRequest: () =>
    new Promise((resolve) => {
      const stop = () => {
        process.on('SIGINT', interrupt).off('SIGINT', stop).off('SIGTERM', stop)
        resolve()
      }
      // The new listener first: with none for a moment, Node closes its handle and loses a ^C that is on its way.
      process.on('SIGINT', stop).on('SIGTERM', stop).off('SIGINT', interrupt)
    }),
})

process.exitCode = await runProgram(argv, io)
