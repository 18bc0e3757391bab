/** Takes the shared cluster away when all end-to-end tests have run; the last of `npm run check`. */
import { minikube } from './cluster.ts'

const { code, stderr } = await minikube(['delete'])
if (code !== 0) process.stderr.write(stderr)
process.exitCode = code
