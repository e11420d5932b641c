// `npm start`: install and build what is missing, then `xswarm dev` in this very process, so that a signal to npm reaches it.
import { pathToFileURL } from 'node:url'
import { bootstrap, root } from './bootstrap.mjs'

bootstrap()
process.argv.splice(1, 1, `${root}dist/cli/main.js`, 'dev')
await import(pathToFileURL(`${root}dist/cli/main.js`).href)
