/** Names of images. Upstream: distribution/reference, regexp.go. */
const reference =
  /^(?:(?:[a-zA-Z0-9.-]+|\[[\da-fA-F:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+|\/)[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][\w+.-]*:[\da-fA-F]{32,})?$/

export function isImage(text: string): boolean {
  return reference.test(text)
}
