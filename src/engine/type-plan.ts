import {
  elementOf,
  type InexactPolicy,
  isNested,
  type LogicalType,
  type NestedType,
  quoteIdentifier,
  quoteLiteral,
  shapeOf,
} from '@snapkeep/sdk';
import { parameter, transformed } from './lambda.ts';
import { fieldKey, treeOf } from './text-trees.ts';
import { changeType, leavesOf } from './type-paths.ts';
import { anyOf, leafTakes, leafValuePlan, lost, textPlan, type ValuePlan } from './value-plan.ts';

export const part = (value: string, name: string) => `struct_extract(${value}, ${quoteLiteral(name)})`;

/** Whether a column of this type can be treated so: some part of it at least. */
export function takes(type: LogicalType, policy: InexactPolicy): boolean {
  return [...leavesOf(type).values()].some((leaf) => leafTakes(leaf, policy));
}

/**
 * A nested text becomes a tree of texts (text-trees.ts), of which each leaf is cast by its own plan. Lists stay as they are staged, whatever their dimensions (layout.ts).
 */
function nestedPlan(type: NestedType, policy: InexactPolicy): ValuePlan {
  const leaves = [...leavesOf(type).values()].map((leaf) => leafValuePlan(leaf, policy));
  const shapeless = policy.kind === 'null' ? 'substituted' : 'refused';
  const conditionFor = (which: Mark) => {
    if (which !== shapeless && !leaves.some((leaf) => leaf[which])) return {};
    return {
      [which]: ({ text, source }: { text: string; source: string }) =>
        anyOf(which === shapeless ? lost(text, source) : undefined, markedPart(type, policy, source, which)) ?? 'false',
    };
  };
  return {
    fidelity: leaves.every(({ fidelity }) => fidelity === 'exact') ? 'exact' : 'annotated',
    held: changeType(type, { leaf: (leaf) => leafValuePlan(leaf, policy).held }),
    source: (text) => treeOf(type, text),
    value: (tree) => partValue(type, policy, tree),
    ...conditionFor('refused'),
    ...conditionFor('substituted'),
  };
}

/** SQL: a tree of texts → the staged value. */
function partValue(type: LogicalType, policy: InexactPolicy, tree: string): string {
  if (!isNested(type)) return leafValuePlan(type, policy).value(tree);
  if (type.kind === 'list') {
    const items = listValue(elementOf(type).element, policy, part(tree, 'i'));
    return `CASE WHEN ${tree} IS NOT NULL THEN struct_pack(x := ${part(tree, 'x')}, i := ${items}) END`;
  }
  const shape = shapeOf(type);
  if (shape.kind === 'list') return listValue(shape.of, policy, tree);
  const fields = shape.fields.map(
    ({ name, type: of }, index) => `${quoteIdentifier(name)} := ${partValue(of, policy, part(tree, fieldKey(index)))}`,
  );
  return `CASE WHEN ${tree} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
}

function listValue(element: LogicalType, policy: InexactPolicy, trees: string): string {
  return transformed(trees, (one) => partValue(element, policy, one));
}

type Mark = 'refused' | 'substituted';

/** SQL: true where any leaf of the tree is refused, or substituted; `undefined` where none can be. */
function markedPart(type: LogicalType, policy: InexactPolicy, tree: string, which: Mark): string | undefined {
  if (!isNested(type)) {
    const leaf = leafValuePlan(type, policy);
    return leaf[which]?.({ text: tree, source: tree, value: leaf.value(tree) });
  }
  if (type.kind === 'list') return markedList(elementOf(type).element, policy, part(tree, 'i'), which);
  const shape = shapeOf(type);
  if (shape.kind === 'list') return markedList(shape.of, policy, tree, which);
  return anyOf(
    ...shape.fields.map(({ type: field }, index) => {
      const marked = markedPart(field, policy, part(tree, fieldKey(index)), which);
      return marked && `coalesce(${marked}, false)`;
    }),
  );
}

function markedList(element: LogicalType, policy: InexactPolicy, trees: string, which: Mark): string | undefined {
  const one = parameter();
  const marked = markedPart(element, policy, one, which);
  return marked && `coalesce(list_bool_or(list_transform(${trees}, lambda ${one}: ${marked})), false)`;
}

/** How values of a type are held in the file, and what becomes of those that can't be held exactly. */
export function typePlan(type: LogicalType, policy: InexactPolicy): ValuePlan {
  if (policy.kind === 'string') return textPlan(type);
  return isNested(type) ? nestedPlan(type, policy) : leafValuePlan(type, policy);
}
