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
        process.off('SIGINT', stop).off('SIGTERM', stop).on('SIGINT', interrupt)
        resolve()
      }
      process.off('SIGINT', interrupt).on('SIGINT', stop).on('SIGTERM', stop)
    }),
})

process.exitCode = await runProgram(argv, io)
