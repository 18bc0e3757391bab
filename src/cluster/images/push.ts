/** Pushes an image to an OCI registry over plain HTTP on loopback. */
import { manifestType, type Image } from './oci-image.ts'

const pushTimeoutMs = 60_000

/** Puts the image under every tag; blobs that are there already are not sent again. */
export async function pushImage(
  image: Image,
  to: { readonly registry: string; readonly repository: string; readonly tags: readonly string[] },
): Promise<void> {
  const base = `${to.registry}/v2/${to.repository}`
  for (const { digest, bytes } of image.blobs) {
    const head = await send(`${base}/blobs/${digest}`, { method: 'HEAD' }, [200, 404])
    if (head.status === 200) continue
    const upload = await send(`${base}/blobs/uploads/`, { method: 'POST' }, [202])
    const location = new URL(upload.headers.get('location') ?? '', to.registry)
    location.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    await send(location.href, { method: 'PUT', headers, body: Buffer.from(bytes) }, [201])
  }
  for (const tag of to.tags) {
    const headers = { 'content-type': manifestType }
    const body = Buffer.from(image.manifest)
    await send(`${base}/manifests/${tag}`, { method: 'PUT', headers, body }, [201])
  }
}

/** Whether the registry answers and holds the repository's tag. */
export async function hasTag(registry: string, repository: string, tag: string): Promise<boolean> {
  const url = `${registry}/v2/${repository}/manifests/${tag}`
  const answer = await send(url, { method: 'HEAD', headers: { accept: manifestType } }, [200, 404])
  return answer.status === 200
}

async function send(
  url: string,
  init: RequestInit,
  expected: readonly number[],
): Promise<Response> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(pushTimeoutMs) })
  if (!expected.includes(answer.status)) {
    throw new Error(`${init.method} ${url} answered ${answer.status}: ${await answer.text()}`)
  }
  return answer
}
