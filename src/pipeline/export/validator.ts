import type { CompiledValidator, ExportPlan } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { compileWith } from '../validator.ts';

/** The validator for the plan's rows; `null` where none is to look at them. */
export async function compileValidator(runtime: Runtime, plan: ExportPlan): Promise<CompiledValidator | null> {
  const name = plan.capabilities.validator;
  if (name === null || plan.validation === null) return null;
  return compileWith(runtime, name, { schema: plan.validation.schema, columns: plan.columns, instant: plan.instant });
}
