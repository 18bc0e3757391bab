/** Names of images. Upstream: kustomize api/internal/image, api/filters/imagetag. */

export interface ImageChange {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly tagSuffix?: string
  readonly digest?: string
}

/** The image after the change; itself when the change is about another. */
export function newImage(image: string, change: ImageChange): string {
  if (!isMatched(image, change.name)) return image
  const { name, tag, digest } = split(image)
  const next = nextTag({ tag, digest }, change)
  const tagText = next.tag === '' ? '' : `:${next.tag}`
  const digestText = next.digest === '' ? '' : `@${next.digest}`
  return `${present(change.newName) ?? name}${tagText}${digestText}`
}

interface Tagged {
  readonly tag: string
  readonly digest: string
}

function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function nextTag({ tag, digest }: Tagged, change: ImageChange): Tagged {
  const newTag = present(change.newTag)
  const newDigest = present(change.digest)
  if (newTag !== undefined || newDigest !== undefined) {
    return { tag: newTag ?? '', digest: newDigest ?? '' }
  }
  const suffix = present(change.tagSuffix)
  return suffix === undefined ? { tag, digest } : { tag: tag + suffix, digest: '' }
}

function isMatched(image: string, name: string): boolean {
  const rest = '(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$'
  return new RegExp(`^${name}${rest}`).test(image)
}

/** A colon before the last slash is a port. */
function split(image: string): Tagged & { readonly name: string } {
  const at = image.indexOf('@')
  const digest = at < 0 ? '' : image.slice(at + 1)
  const rest = at < 0 ? image : image.slice(0, at)
  const colon = rest.lastIndexOf(':')
  if (colon < 0 || colon < rest.lastIndexOf('/')) return { name: rest, tag: '', digest }
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest }
}
