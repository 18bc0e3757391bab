/** `kubectl create ingress`. Upstream: kubectl pkg/cmd/create/create_ingress.go. */
import { array, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { createGenerated, generatorFlags, keyValue, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create ingress NAME --rule=host/path=service:port[,tls[=secret]] ',
  about: 'Create an ingress with the specified name.',
  examples: [
    ['One host', 'kubectl create ingress web --rule="shop.example/*=web:80"'],
    ['With TLS', 'kubectl create ingress web --rule="shop.example/=web:80,tls=cert" --class=nginx'],
  ],
  flags: [
    ...generatorFlags,
    array('annotation', 'Annotation of the ingress, KEY=VALUE; may be repeated.'),
    string('class', 'Ingress class.'),
    string('default-backend', 'Service for what no rule is about, SERVICE:PORT.'),
    array('rule', 'HOST/PATH=SERVICE:PORT[,tls[=SECRET]]; may be repeated.'),
  ],
  run,
}

const rulePattern =
  /^(?<host>[^/]*)(?<path>\/[^=]*)=(?<svc>[^:]+):(?<port>[^,]+)(?<tls>,tls(?:=(?<secret>.*))?)?$/

interface Rule {
  readonly host: string
  readonly path: string
  readonly backend: object
  readonly tls: boolean
  readonly secret: string
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const name = nameOf(call)
  const backend = flags.string('default-backend')
  const rules = flags.strings('rule').map(parseRule)
  if (rules.length === 0 && backend === '') {
    throw new CommandError(
      'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
    )
  }
  const annotations = flags.strings('annotation').map(annotationOf)
  const ingressClassName = flags.string('class')
  const tls = tlsOf(rules)
  await createGenerated(call, {
    kind: 'Ingress',
    apiVersion: 'networking.k8s.io/v1',
    metadata: {
      name,
      ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    },
    spec: {
      ...(ingressClassName !== '' && { ingressClassName }),
      ...(backend !== '' && { defaultBackend: backendOf(...splitBackend(backend)) }),
      ...(tls.length > 0 && { tls }),
      ...(rules.length > 0 && { rules: rulesOf(rules) }),
    },
    status: { loadBalancer: {} },
  })
}

function annotationOf(text: string): readonly [string, string] {
  const pair = keyValue(text)
  if (pair === undefined) {
    throw new CommandError(`annotation ${text} is invalid and should be in format key=[value]`)
  }
  return pair
}

function parseRule(text: string): Rule {
  const groups = rulePattern.exec(text)?.groups
  if (groups === undefined) {
    throw new CommandError(
      `rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`,
    )
  }
  const { host = '', path = '', svc = '', port = '', tls, secret = '' } = groups
  return { host, path, backend: backendOf(svc, port), tls: tls !== undefined, secret }
}

function splitBackend(text: string): [string, string] {
  const [service = '', port = '', more] = text.split(':')
  if (service === '' || port === '' || more !== undefined) {
    throw new CommandError('default-backend should be in format servicename:serviceport')
  }
  return [service, port]
}

function backendOf(name: string, port: string): object {
  const isNumber = /^\d+$/.test(port)
  return { service: { name, port: isNumber ? { number: Number(port) } : { name: port } } }
}

/** Paths of one host in one rule; hosts in the order in which they first come. */
function rulesOf(rules: readonly Rule[]): readonly object[] {
  return [...Map.groupBy(rules, ({ host }) => host)].map(([host, ofHost]) => ({
    ...(host !== '' && { host }),
    http: {
      paths: ofHost.map(({ path, backend }) => ({
        path: path.replace(/\*$/, ''),
        pathType: path.endsWith('*') ? 'Prefix' : 'Exact',
        backend,
      })),
    },
  }))
}

function tlsOf(rules: readonly Rule[]): readonly object[] {
  const secured = rules.filter(({ tls }) => tls)
  return [...Map.groupBy(secured, ({ secret }) => secret)].map(([secretName, ofSecret]) => {
    const hosts = [...new Set(ofSecret.map(({ host }) => host).filter((host) => host !== ''))]
    return {
      ...(hosts.length > 0 && { hosts }),
      ...(secretName !== '' && { secretName }),
    }
  })
}
