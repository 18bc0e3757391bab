/** Files of a folder, as Go's http.FileServer shows them. Upstream: Go's net/http, fs.go. */
import { createReadStream } from 'node:fs'
import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.xml': 'text/xml; charset=utf-8',
}

/** `path` is decoded, begins with a slash and cannot leave the folder. */
export async function serveFile(
  folder: string,
  path: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  if (path.endsWith('/index.html')) return redirect(response, './')
  const local = join(folder, posix.normalize(path))
  const stats = await stat(local).catch(() => undefined)
  if (stats === undefined) return notFound(response)
  if (!stats.isDirectory()) {
    if (path.endsWith('/')) return redirect(response, `../${posix.basename(path)}`)
    return await sendFile(local, stats, { request, response })
  }
  if (!path.endsWith('/')) return redirect(response, `${posix.basename(path)}/`)
  const index = join(local, 'index.html')
  const indexStats = await stat(index).catch(() => undefined)
  if (indexStats?.isFile() === true) {
    return await sendFile(index, indexStats, { request, response })
  }
  await sendListing(local, response)
}

function notFound(response: ServerResponse): void {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  }
  response.writeHead(404, headers).end('404 page not found\n')
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { location }).end()
}

async function sendFile(
  path: string,
  { size, mtime }: Stats,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  response.writeHead(200, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-length': size,
    'last-modified': mtime.toUTCString(),
  })
  if (request.method === 'HEAD') response.end()
  else await pipeline(createReadStream(path), response)
}

async function sendListing(folder: string, response: ServerResponse): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .toSorted()
  const lines = names.map((name) => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`)
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(
    `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${lines.join('')}</pre>\n`,
  )
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
}
