/** Refusals of answers that have not the shape that was asked for. */
import { StatusError } from '#api/meta/status.ts'
import { notMarshalable } from '#apiserver/protobuf/not-marshalable.ts'
import type { ListPage } from '#apiserver/registry/registry.ts'
import type { Shape } from '#apiserver/http/media-type.ts'

const notAList = 'you requested PartialObjectMetadataList, but the requested object is not a list'
const isAList = 'you requested PartialObjectMetadata, but the requested object is a list'

/** Throws NotAcceptable unless objects are wanted of an object, and lists of a list. */
export function checkPartial({ as }: Shape, page: ListPage | undefined): void {
  if (page === undefined && as === 'PartialObjectMetadataList') throw noSuchShape(notAList)
  if (page !== undefined && as === 'PartialObjectMetadata') throw noSuchShape(isAList)
}

/** The object has no form in the encoding that was asked for. */
export function noProtobuf(goType: string): StatusError {
  return noSuchShape(notMarshalable(goType))
}

function noSuchShape(message: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as never,
    status: 'Failure',
    message,
    reason: 'NotAcceptable',
    code: 406,
  })
}
