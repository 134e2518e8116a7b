/** A part of a schema that SQL can't decide exactly. */
export class NotInSql extends Error {}

/** A schema of which no end was found: no alternative beside it makes it decidable. */
export class Endless extends NotInSql {}
