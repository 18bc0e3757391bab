/** The parts of a distinguished name that Go's crypto/x509 knows. Upstream: Go's crypto/x509/pkix. */
import { oidText, readDer, stringText } from '#base/der.ts'

const parts = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  country: '2.5.4.6',
  locality: '2.5.4.7',
  province: '2.5.4.8',
  streetAddress: '2.5.4.9',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  postalCode: '2.5.4.17',
} as const

export type NamePart = keyof typeof parts

/** The values of one part, in order; `name` is the encoded Name. */
export function valuesOf(name: Uint8Array, part: NamePart): readonly string[] {
  return readDer(name)
    .children.flatMap(({ children }) => children)
    .flatMap(({ children: [type, value] }) => {
      if (type === undefined || value === undefined) return []
      return oidText(type) === parts[part] ? [stringText(value)] : []
    })
}
