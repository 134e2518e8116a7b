import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import type { A_Expr, Node } from 'libpg-query';
import type { CheckedColumn } from './checked-column.ts';
import { columnNameOf, constantOf, constantsOf, NotExpressed, nameOf } from './nodes.ts';
import { type Operator, type Term, type TermKind, termSchema } from './term.ts';

export interface Scope {
  readonly columns: ReadonlyMap<string, CheckedColumn>;
  /** In a domain's condition VALUE is this column. */
  readonly domainOf: string | null;
  /** Under OR or NOT, where a schema must say the whole truth about every value, NULL among them. */
  readonly nested: boolean;
}

/**
 * The schema of the rows for which a condition is not FALSE: that is when a CHECK takes them.
 * @throws NotExpressed
 */
export function passes(node: Node, scope: Scope): JsonSchema {
  if ('BoolExpr' in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === 'AND_EXPR') return all(args.map((arg) => passes(arg, scope)));
    const inner = { ...scope, nested: true };
    if (boolop === 'OR_EXPR') return { anyOf: args.map((arg) => passes(arg, inner)) };
    return { not: holds(only(args), inner) };
  }
  return atom(node, scope, 'not false');
}

/** The schema of the rows for which it is TRUE. */
function holds(node: Node, scope: Scope): JsonSchema {
  if ('BoolExpr' in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === 'AND_EXPR') return all(args.map((arg) => holds(arg, scope)));
    if (boolop === 'OR_EXPR') return { anyOf: args.map((arg) => holds(arg, scope)) };
    return { not: passes(only(args), scope) };
  }
  return atom(node, scope, 'true');
}

function all(schemas: readonly JsonSchema[]): JsonSchema {
  return { allOf: schemas };
}

function only(args: readonly Node[]): Node {
  const [first] = args;
  if (!first) throw new NotExpressed('it could not be read');
  return first;
}

type Wanted = 'not false' | 'true';

function atom(node: Node, scope: Scope, wanted: Wanted): JsonSchema {
  if ('NullTest' in node) return nullTest(node.NullTest.arg, node.NullTest.nulltesttype === 'IS_NULL', scope);
  if ('BooleanTest' in node) return booleanTest(node, scope);
  const name = columnNameOf(node);
  if (name !== undefined) {
    const column = columnOf(name, scope);
    return on(
      column,
      comparison(column, 'value', { op: '=', values: [{ kind: 'boolean', text: 'true' }] }, scope, wanted),
    );
  }
  if ('A_Expr' in node) return expression(node.A_Expr, scope, wanted);
  throw new NotExpressed('JSON Schema has nothing like it');
}

function on(column: CheckedColumn, schema: JsonValue): JsonSchema {
  return { properties: Object.fromEntries([[column.name, schema]]) };
}

function columnOf(name: string, { columns, domainOf }: Scope): CheckedColumn {
  const column = columns.get(domainOf ?? name);
  if (!column || (domainOf !== null && name !== 'value')) throw new NotExpressed(`it speaks of ${name}`);
  return column;
}

function nullTest(arg: Node | undefined, isNull: boolean, scope: Scope): JsonSchema {
  const name = arg && columnNameOf(arg);
  if (name === undefined) throw new NotExpressed('it asks whether an expression is NULL');
  const column = columnOf(name, scope);
  if (scope.domainOf !== null) throw new NotExpressed('a column of a domain can hold NULL all the same');
  if (column.type.kind === 'json') throw new NotExpressed('NULL and the JSON document null look the same');
  if (column.type.kind === 'struct') throw new NotExpressed('a composite is NULL where all of its parts are');
  return on(column, isNull ? { type: 'null' } : { not: { type: 'null' } });
}

const BOOLEAN_TESTS: Readonly<Record<string, readonly (boolean | null)[]>> = {
  IS_TRUE: [true],
  IS_NOT_TRUE: [false, null],
  IS_FALSE: [false],
  IS_NOT_FALSE: [true, null],
};

function booleanTest(node: Extract<Node, { BooleanTest: unknown }>, scope: Scope): JsonSchema {
  const { arg, booltesttype } = node.BooleanTest;
  const name = arg && columnNameOf(arg);
  const values = BOOLEAN_TESTS[booltesttype ?? ''];
  if (name === undefined || values === undefined) throw new NotExpressed('it tests an expression');
  return on(columnOf(name, scope), { enum: values });
}

const FLIPPED: Readonly<Record<string, Operator>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};
const OPERATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>=', '~', '!~', '~~', '!~~'] satisfies Operator[];

function expression({ kind, name, lexpr, rexpr }: A_Expr, scope: Scope, wanted: Wanted): JsonSchema {
  const op = nameOf(name);
  if (op === undefined || !lexpr || !rexpr) throw new NotExpressed('it uses an operator of its own');
  if (kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL') {
    const values = constantsOf(rexpr);
    if (!values || op !== (kind === 'AEXPR_OP_ANY' ? '=' : '<>'))
      throw new NotExpressed('it compares with a list that is not constant');
    const [column, term] = termOf(lexpr, scope);
    return on(column, comparison(column, term, { op, values }, scope, wanted));
  }
  if (kind === 'AEXPR_DISTINCT' || kind === 'AEXPR_NOT_DISTINCT')
    throw new NotExpressed('it compares by IS DISTINCT FROM');
  if (kind !== 'AEXPR_OP' || !OPERATORS.includes(op)) throw new NotExpressed(`JSON Schema has nothing like ${op}`);
  const right = constantOf(rexpr);
  if (right) {
    const [column, term] = termOf(lexpr, scope);
    return on(column, comparison(column, term, { op: op as Operator, values: [right] }, scope, wanted));
  }
  const left = constantOf(lexpr);
  const flipped = FLIPPED[op];
  if (!left || flipped === undefined)
    throw new NotExpressed('it compares one column with another, or with an expression');
  const [column, term] = termOf(rexpr, scope);
  return on(column, comparison(column, term, { op: flipped, values: [left] }, scope, wanted));
}

const TEXT_TYPES = ['text', 'varchar', 'bpchar'];

/** The column on one side of an operator, and what of it is compared. */
function termOf(node: Node, scope: Scope): [CheckedColumn, TermKind] {
  const name = columnNameOf(node);
  if (name !== undefined) return [columnOf(name, scope), 'value'];
  if ('TypeCast' in node && node.TypeCast.arg) {
    const [column, term] = termOf(node.TypeCast.arg, scope);
    const to = nameOf(node.TypeCast.typeName?.names) ?? '';
    const { kind } = column.type;
    const keeps =
      ((kind === 'string' || kind === 'enum') && TEXT_TYPES.includes(to)) ||
      (kind === 'integer' && (to === 'numeric' || to === 'int8' || to === 'int4'));
    if (term !== 'value' || !keeps) throw new NotExpressed(`it casts ${column.name} to ${to}`);
    return [column, term];
  }
  if ('FuncCall' in node) {
    const { funcname, args = [] } = node.FuncCall;
    const called = nameOf(funcname);
    const [arg] = args;
    if (arg && args.length === 1) {
      if (called === 'length' || called === 'char_length' || called === 'character_length') {
        return [termOf(arg, scope)[0], 'length'];
      }
      if (called === 'jsonb_typeof' || called === 'json_typeof') return [termOf(arg, scope)[0], 'document type'];
    }
    throw new NotExpressed(`it calls ${called ?? 'a function of its own'}`);
  }
  throw new NotExpressed('it compares an expression');
}

function comparison(
  column: CheckedColumn,
  kind: TermKind,
  rest: Omit<Term, 'kind'>,
  scope: Scope,
  wanted: Wanted,
): JsonValue {
  const schema = termSchema(column, { kind, ...rest }, scope.nested);
  if (!column.nullable) return schema;
  if (wanted === 'true') return { allOf: [{ not: { type: 'null' } }, schema] };
  if (Array.isArray(schema.enum)) return { ...schema, enum: [...(schema.enum as readonly JsonValue[]), null] };
  if (schema.type !== undefined && Object.keys(schema).length === 1) return { type: [schema.type, 'null'].flat() };
  // Keywords that speak of numbers or texts take NULL as it is.
  const silent = Object.keys(schema).every((keyword) => SILENT.has(keyword));
  return silent ? schema : { anyOf: [{ type: 'null' }, schema] };
}

const SILENT = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'pattern',
]);
