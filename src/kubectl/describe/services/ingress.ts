/** Upstream: describe.go, IngressDescriber. */
import type { Service } from '#api/core/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Ingress, IngressBackend, IngressServiceBackend } from '#api/networking/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { annotations, labels, name, namespace } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import type { Reader } from '#kubectl/describe/reader.ts'
import { endpointsText, slicesOf } from './endpoints-text.ts'

/** What each backend is, in words. */
type Backends = ReadonlyMap<IngressBackend, string>

export const ingress = describer<Ingress, Backends>({
  version: 'v1',
  related: readBackends,
  sections: [
    name,
    labels,
    namespace,
    ['Address', addressText],
    ['Ingress Class', ({ spec }) => spec?.ingressClassName ?? '<none>'],
    ['Default backend', (object, { related }) => defaultText(object, related)],
    writeTls,
    (w, object, { related }) => writeRules(w, object, related),
    annotations,
  ],
})

async function readBackends({ metadata, spec }: Ingress, reader: Reader): Promise<Backends> {
  const inRules = (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? [])
  const backends = inRules.map(({ backend }) => backend)
  if (spec?.defaultBackend !== undefined) backends.unshift(spec.defaultBackend)
  const texts = new Map<IngressBackend, string>()
  for (const backend of backends) {
    texts.set(backend, await backendText(metadata.namespace ?? '', backend, reader))
  }
  return texts
}

async function backendText(
  inNamespace: string,
  { service, resource }: IngressBackend,
  reader: Reader,
): Promise<string> {
  if (service !== undefined) {
    const { number, name: portName = '' } = service.port ?? {}
    const head = `${service.name}:${number ?? portName}`
    try {
      return `${head} (${await serviceText(inNamespace, service, reader)})`
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return `${head} (<error: ${message}>)`
    }
  }
  if (resource === undefined) return ''
  const { apiGroup = '<none>', kind, name: resourceName } = resource
  return `APIGroup: ${apiGroup}, Kind: ${kind}, Name: ${resourceName}`
}

async function serviceText(
  inNamespace: string,
  backend: IngressServiceBackend,
  reader: Reader,
): Promise<string> {
  const slices = await slicesOf(inNamespace, backend.name, reader)
  const place = { resource: 'services', namespace: inNamespace }
  const { spec } = await reader.get<Service>(place, backend.name)
  const { number = 0, name: wanted = '' } = backend.port ?? {}
  const port = (spec.ports ?? []).findLast((candidate) =>
    number !== 0 && number === candidate.port ? true : wanted !== '' && wanted === candidate.name,
  )
  return endpointsText(slices, port?.name ?? '')
}

function addressText({ status }: Ingress): string {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(
    ({ ip = '', hostname = '' }) => ip || hostname,
  )
  const known = addresses.filter((address) => address !== '')
  return [...new Set(known)].sort(compareBytes).join(',')
}

function defaultText({ spec }: Ingress, backends: Backends): string {
  const backend = spec?.defaultBackend
  return backend === undefined ? '<default>' : (backends.get(backend) ?? '')
}

function writeTls(w: PrefixWriter, { spec }: Ingress): void {
  const tls = spec?.tls ?? []
  if (tls.length > 0) w.write(0, 'TLS:\n')
  for (const { secretName = '', hosts = [] } of tls) {
    const what = secretName === '' ? 'SNI routes' : `${secretName} terminates`
    w.write(1, `${what} ${hosts.join(',')}\n`)
  }
}

function writeRules(w: PrefixWriter, object: Ingress, backends: Backends): void {
  w.write(0, 'Rules:\n  Host\tPath\tBackends\n')
  w.write(1, '----\t----\t--------\n')
  const rules = (object.spec?.rules ?? []).filter(({ http }) => http !== undefined)
  if (rules.length === 0) w.write(1, `*\t*\t${defaultText(object, backends)}\n`)
  for (const { host, http } of rules) {
    w.write(1, `${host || '*'}\t\n`)
    for (const { path = '', backend } of http?.paths ?? []) {
      w.write(2, `\t${path} \t${backends.get(backend) ?? ''}\n`)
    }
  }
}
