/** What two servers cannot agree on is masked; all else must be equal, byte for byte. */
const masks: readonly (readonly [RegExp, string])[] = [
  // Gates of features of the library that the real one is built with, in Go's random order.
  [/^I\d{4} .* envvar\.go:.*\n/gm, ''],
  [/User-Agent: \S+ (\(\S+\)) \S+/g, 'User-Agent: PROGRAM $1 COMMIT'],
  [/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, 'UID'],
  [/("?resourceVersion"?: ")\d+"/g, '$1RV"'],
  [/(Resource Version: +"?)\d+/g, '$1RV'],
  [/(resourceVersion:)\d+/g, '$1RV'],
  [/(uid:|UID=)\S+/g, '$1UID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, 'TIME'],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000/g, 'DATE'],
  [/X509SHA256=[\da-f]{64}/g, 'X509SHA256=HASH'],
  [/kubectl-edit-\d+/g, 'kubectl-edit-RANDOM'],
  [/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-RANDOM'],
  [/^([EIW])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, '$1 '],
  [/\b(LIVE|MERGED)-\w+/g, '$1'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} \+0000/g, 'TIME'],
  [/(age: \d+h\d+m)\S+/g, '$1SECONDS'],
  [/(debugger-(?:worker-)?)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1RANDOM'],
  [/(\bPort"?: )\d{4,5}/g, '$1PORT'],
  [/milliseconds=\d+/g, 'milliseconds=N'],
  [/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:PORT'],
  [/(targetPort"?: |TargetPort: +|Endpoints: +192\.0\.2\.1:)\d+/g, '$1PORT'],
  [/(https +)\d{4,5}( +TCP)/g, '$1PORT$2'],
  [/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, 'CERTIFICATE'],
  [/\b10\.(?:9[6-9]|10\d|11[01])\.\d+\.\d+\b/g, 'CLUSTER-IP'],
]

/** What was made in this run is a second older on one side than on the other: the last column of a table. */
const tableWithAge = /^(?:\S+ +)*AGE\s*$/m
const youngAge = /(?<= )(?:\d+m)?\d+s(?=\s*$)/gm

/** `places` are folders of one side, longest first. */
export function masked(text: string, places: readonly (readonly [string, string])[]): string {
  let result = text
  for (const [place, name] of places) result = result.replaceAll(place, name)
  for (const [pattern, name] of masks) result = result.replaceAll(pattern, name)
  return tableWithAge.test(result) ? result.replaceAll(youngAge, 'YOUNG') : result
}
