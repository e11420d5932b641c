import { loadConfig } from '../../dist/index.js'

const start = performance.now()
loadConfig()
process.stdout.write(String(performance.now() - start))
