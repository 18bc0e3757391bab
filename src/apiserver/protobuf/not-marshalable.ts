/** Why a Go type has no protobuf form: what custom resources are kept in has none. */
export function notMarshalable(goType: string): string {
  return `object *${goType} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`
}

export const customObject = 'unstructured.Unstructured'
