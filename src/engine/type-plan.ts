import {
  type InexactPolicy,
  isNested,
  type LeafType,
  type LogicalType,
  type NestedType,
  quoteIdentifier,
  type Shape,
  shapeOf,
} from '@snapkeep/sdk';
import { fieldKey, treeType } from './nested-staging.ts';
import { anyOf, leafTakes, leafValuePlan, lost, textPlan, type ValuePlan } from './value-plan.ts';

/** Names of lambda parameters must differ where lambdas stand in one another. */
let lambdas = 0;
function parameter(): string {
  lambdas += 1;
  return `e${lambdas}`;
}

/** The types of the parts. */
export function partsOf(shape: Shape): readonly LogicalType[] {
  return shape.kind === 'list' ? [shape.of] : shape.fields.map((field) => field.type);
}

/** All that a type is made of down to what has no parts; the type itself where it has none. */
export function leavesOf(type: LogicalType): LeafType[] {
  return isNested(type) ? partsOf(shapeOf(type)).flatMap(leavesOf) : [type];
}

/** Whether a column of this type can be treated so: some part of it at least. */
export function takes(type: LogicalType, policy: InexactPolicy): boolean {
  return leavesOf(type).some((leaf) => leafTakes(leaf, policy));
}

/** What the file holds of a nested type: each part as its own plan has it. */
function heldOf(type: LogicalType, policy: InexactPolicy): LogicalType {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', of: heldOf(type.of, policy) };
    case 'range':
      return { ...type, of: heldOf(type.of, policy) };
    case 'struct':
      return { kind: 'struct', fields: type.fields.map(({ name, type: of }) => ({ name, type: heldOf(of, policy) })) };
    default:
      return leafValuePlan(type, policy).held;
  }
}

/** A list or struct: its text is a JSON document of texts (nested-staging.ts), each leaf of which is cast by its own plan. */
function nestedPlan(type: NestedType, policy: InexactPolicy): ValuePlan {
  const shape = shapeOf(type);
  const leaves = leavesOf(type).map((leaf) => leafValuePlan(leaf, policy));
  const tree = (text: string) => `TRY_CAST(TRY_CAST(${text} AS JSON) AS ${treeType(type)})`;
  const shapeless = policy.kind === 'null' ? 'substituted' : 'refused';
  const condition = (which: Mark) => (text: string, value: string) =>
    anyOf(which === shapeless ? lost(text, value) : undefined, partMarked(type, policy, tree(text), which)) ?? 'false';
  return {
    fileType: nestedFileType(shape, policy),
    parquetType: nestedParquetType(shape, policy),
    fidelity: leaves.every(({ fidelity }) => fidelity === 'exact') ? 'exact' : 'annotated',
    held: heldOf(type, policy),
    value: (text) => treeValue(shape, policy, tree(text)),
    ...(shapeless === 'refused' || leaves.some(({ refused }) => refused) ? { refused: condition('refused') } : {}),
    ...(shapeless === 'substituted' || leaves.some(({ substituted }) => substituted)
      ? { substituted: condition('substituted') }
      : {}),
  };
}

function nestedFileType(shape: Shape, policy: InexactPolicy): string {
  if (shape.kind === 'list') return `${partPlan(shape.of, policy).fileType}[]`;
  const fields = shape.fields.map(({ name, type }) => `${quoteIdentifier(name)} ${partPlan(type, policy).fileType}`);
  return `STRUCT(${fields.join(', ')})`;
}

function nestedParquetType(shape: Shape, policy: InexactPolicy): string {
  if (shape.kind === 'list') return `LIST<${partParquetType(shape.of, policy)}>`;
  return `STRUCT<${shape.fields.map(({ name, type }) => `${name}: ${partParquetType(type, policy)}`).join(', ')}>`;
}

/** A numeric without a size inside of something else stays its text: which size fits is known for columns only. */
function partParquetType(type: LogicalType, policy: InexactPolicy): string {
  const { held, parquetType } = partPlan(type, policy);
  return held.kind === 'numeric' ? textPlan(type).parquetType : parquetType;
}

/** The plan of a part; `string` never comes here, since it is for whole columns. */
function partPlan(type: LogicalType, policy: InexactPolicy): ValuePlan {
  return isNested(type) ? nestedPlan(type, policy) : leafValuePlan(type, policy);
}

function partValue(type: LogicalType, policy: InexactPolicy, tree: string): string {
  return isNested(type) ? treeValue(shapeOf(type), policy, tree) : leafValuePlan(type, policy).value(tree);
}

/** SQL: a tree of texts → the value. */
function treeValue(shape: Shape, policy: InexactPolicy, tree: string): string {
  if (shape.kind === 'list') {
    const element = parameter();
    return `list_transform(${tree}, lambda ${element}: ${partValue(shape.of, policy, element)})`;
  }
  const whole = parameter();
  const fields = shape.fields.map(
    ({ name, type }, index) => `${quoteIdentifier(name)} := ${partValue(type, policy, `${whole}.${fieldKey(index)}`)}`,
  );
  // A lambda over a list of one names the tree once, however many fields ask for a part of it.
  return `list_transform([${tree}], lambda ${whole}: CASE WHEN ${whole} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END)[1]`;
}

type Mark = 'refused' | 'substituted';

/** SQL: true where any leaf of the tree is refused, or substituted; `undefined` where none can be. */
function partMarked(type: LogicalType, policy: InexactPolicy, tree: string, which: Mark): string | undefined {
  if (!isNested(type)) {
    const leaf = leafValuePlan(type, policy);
    return leaf[which]?.(tree, leaf.value(tree));
  }
  const shape = shapeOf(type);
  if (shape.kind === 'list') {
    const element = parameter();
    const marked = partMarked(shape.of, policy, element, which);
    return marked && `coalesce(list_bool_or(list_transform(${tree}, lambda ${element}: ${marked})), false)`;
  }
  const whole = parameter();
  const marked = anyOf(
    ...shape.fields.map(({ type: field }, index) => {
      const condition = partMarked(field, policy, `${whole}.${fieldKey(index)}`, which);
      return condition && `coalesce(${condition}, false)`;
    }),
  );
  return marked && `list_transform([${tree}], lambda ${whole}: ${marked})[1]`;
}

/** How values of a type are held in the file, and what becomes of those that can't be held exactly. */
export function typePlan(type: LogicalType, policy: InexactPolicy): ValuePlan {
  return policy.kind === 'string' ? textPlan(type) : partPlan(type, policy);
}
