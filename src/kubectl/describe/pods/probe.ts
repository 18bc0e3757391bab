/** Upstream: describe.go, DescribeProbe; Go's net/url. */
import type { HTTPGetAction, Probe } from '#api/core/v1.gen.ts'
import { goText } from '#api/json-path/go-text.ts'

/** `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`. */
export function probeText(probe: Probe): string {
  const { initialDelaySeconds: delay = 0, timeoutSeconds = 0, periodSeconds = 0 } = probe
  const { successThreshold = 0, failureThreshold = 0 } = probe
  const times = `delay=${delay}s timeout=${timeoutSeconds}s period=${periodSeconds}s`
  return `${actionText(probe)} ${times} #success=${successThreshold} #failure=${failureThreshold}`
}

function actionText({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec !== undefined) return `exec ${goText(exec.command ?? [])}`
  if (httpGet !== undefined) return `http-get ${urlText(httpGet)}`
  if (tcpSocket !== undefined) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port}`
  if (grpc !== undefined) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''}`
  return 'unknown'
}

function urlText({ scheme = '', host = '', port, path = '' }: HTTPGetAction): string {
  const hostText = host.includes(':') ? `[${host}]` : host
  const escaped = escapePath(path)
  const slash = escaped === '' || escaped.startsWith('/') ? '' : '/'
  const prefix = scheme === '' ? '' : `${scheme.toLowerCase()}:`
  return `${prefix}//${hostText}:${port}${slash}${escaped}`
}

/** What Go leaves as it is in a path, and what it does not. */
function escapePath(path: string): string {
  return encodeURIComponent(path)
    .replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
