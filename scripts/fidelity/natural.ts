/**
 * Which of Parquet's types holds a type of PostgreSQL as what it is, by the signature that readers see
 * (test/fidelity/seen-types.ts). A type that isn't here has none: text is then as good as it gets, and called annotated.
 */
const TEXT = /^text$/;
const INTEGER = /^integer$/;
const DECIMAL = /^decimal$/;
const LOCAL = /^timestamp \w+ local$/;
const UTC = /^timestamp \w+ utc$/;
const COMPOSITE = /^\{street: text, No: integer, tags: \[integer\], seen: timestamp \w+ utc\}$/;

const range = (bound: string) =>
  new RegExp(
    `^\\{lower: ${bound}, upper: ${bound}, lower_inc\\w*: boolean, upper_inc\\w*: boolean, \\w*empty: boolean\\}$`,
  );

const NATURAL: Readonly<Record<string, RegExp>> = {
  boolean: /^boolean$/,
  smallint: INTEGER,
  integer: INTEGER,
  bigint: INTEGER,
  oid: INTEGER,
  real: /^float32$/,
  double: /^float64$/,
  numeric_12_2: DECIMAL,
  numeric_38_10: DECIMAL,
  numeric_38_38: DECIMAL,
  numeric_50_5: DECIMAL,
  numeric_5_minus_2: DECIMAL,
  numeric: DECIMAL,
  numeric_wide: DECIMAL,
  money: DECIMAL,
  text: TEXT,
  varchar: TEXT,
  char: TEXT,
  name: TEXT,
  citext: TEXT,
  enum: TEXT,
  bytea: /^bytes$/,
  uuid: /^uuid$/,
  json: /^json$/,
  jsonb: /^json$/,
  date: /^date$/,
  time: /^time \w+(?: local)?$/,
  timestamp: LOCAL,
  timestamptz: UTC,
  interval: /^(?:interval|\{months: integer, days: integer, micros: integer\})$/,
  point: /^\{x: float64, y: float64\}$/,
  hstore: /^map<text, text>$/,
  array_int: /^\[integer\]$/,
  array_bigint: /^\[integer\]$/,
  array_text: /^\[text\]$/,
  array_2d: /^\[\[integer\]\]$/,
  array_2d_undeclared: /^\[\[integer\]\]$/,
  array_mixed: /^\[(?:integer|\[integer\])\]$/,
  array_numeric: /^\[decimal\]$/,
  array_timestamptz: /^\[timestamp \w+ utc\]$/,
  array_json: /^\[json\]$/,
  composite: COMPOSITE,
  composite_array: new RegExp(`^\\[${COMPOSITE.source.slice(1, -1)}\\]$`),
  domain: INTEGER,
  domain_array: /^\[text\]$/,
  int4range: range('integer'),
  int8range: range('integer'),
  numrange: range('decimal'),
  daterange: range('date'),
  tsrange: range('timestamp \\w+ local'),
  tstzrange: range('timestamp \\w+ utc'),
  multirange: new RegExp(`^\\[${range('integer').source.slice(1, -1)}\\]$`),
};

/** Whether a column of this type is what Parquet has for the case. */
export function isNatural(name: string, signature: string): boolean {
  return NATURAL[name]?.test(signature) ?? false;
}
