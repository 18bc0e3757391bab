/** Something that the user can put right: printed as it is, without a stack. Says what to do. */
export class UserError extends Error {
  override readonly name = 'UserError'
}
