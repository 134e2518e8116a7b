/** A part of a schema that SQL can't decide exactly. */
export class NotInSql extends Error {}
